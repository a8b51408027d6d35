using System.Management.Automation;
using MessagePack;
using ProcessTools.Engine.Runtime;

namespace ProcessTools.Engine.Serialization;

/// <summary>Error records, with all that PowerShell shows of them and the exception as what it was.</summary>
internal sealed class ErrorRecordFormatter : Formatter
{
    private const int Parts = 12;

    // The public way to a record computes these three from where it is made, which here would be the wrong place.
    private static readonly Action<ErrorRecord, string?>? s_setId = PowerShellInternals.MakeSetter<ErrorRecord, string?>(HiddenMembers.ErrorId);
    private static readonly Action<ErrorRecord, string?>? s_setStack = PowerShellInternals.MakeSetter<ErrorRecord, string?>(HiddenMembers.ErrorStack);
    private static readonly Action<ErrorRecord, InvocationInfo?>? s_setInvocation = PowerShellInternals.MakeSetter<ErrorRecord, InvocationInfo?>(HiddenMembers.ErrorInvocation);

    private static readonly Action<RuntimeException, ErrorRecord?>? s_setRecord =
        PowerShellInternals.MakeSetter<RuntimeException, ErrorRecord?>(HiddenMembers.ExceptionRecord);

    /// <summary>Adds the reader of error records.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table) => table[WireCode.ErrorRecord] = Read;

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context)
    {
        ErrorRecord record = (ErrorRecord)value;
        ErrorCategoryInfo category = record.CategoryInfo;
        Wire.WriteMarker(ref writer, Parts, WireCode.ErrorRecord);
        context.Enter(record, Parts);
        context.At("Exception");
        ValueWriter.Write(ref writer, record.Exception, context);
        Embedded.Write(ref writer, record.TargetObject, context);
        LiveObjectFormatter.WriteText(ref writer, record.FullyQualifiedErrorId, context);
        writer.Write((int)category.Category);
        LiveObjectFormatter.WriteText(ref writer, category.Activity, context);
        LiveObjectFormatter.WriteText(ref writer, category.Reason, context);
        LiveObjectFormatter.WriteText(ref writer, category.TargetName, context);
        LiveObjectFormatter.WriteText(ref writer, category.TargetType, context);
        LiveObjectFormatter.WriteText(ref writer, record.ErrorDetails?.Message, context);
        LiveObjectFormatter.WriteText(ref writer, record.ErrorDetails?.RecommendedAction, context);
        LiveObjectFormatter.WriteText(ref writer, record.ScriptStackTrace, context);
        InvocationFormatter.Write(ref writer, record.InvocationInfo, context);
        context.Leave();
    }

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context)
    {
        ErrorRecord record = (ErrorRecord)value;
        writer.WriteMapHeader(6);
        context.Enter(record, 6);
        writer.Write("Message");
        Wire.WriteString(ref writer, record.ToString() ?? "", context);
        writer.Write("FullyQualifiedErrorId");
        LiveObjectFormatter.WriteText(ref writer, record.FullyQualifiedErrorId, context);
        writer.Write("Category");
        Wire.WriteString(ref writer, record.CategoryInfo.Category.ToString(), context);
        writer.Write("TargetObject");
        LiveObjectFormatter.WriteText(ref writer, record.TargetObject is { } target ? LiveObjectFormatter.TextOf(target) : null, context);
        writer.Write("ScriptStackTrace");
        LiveObjectFormatter.WriteText(ref writer, record.ScriptStackTrace, context);
        writer.Write("Exception");
        context.At("Exception");
        ValueWriter.Write(ref writer, record.Exception, context);
        context.Leave();
    }

    private static object Read(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != Parts)
        {
            throw new InvalidDataFrameException($"The data has an error record of {count} parts.");
        }

        context.Charge(1024);
        if (ValueReader.Read(ref reader, context) is not Exception exception)
        {
            throw new InvalidDataFrameException("The data has an error record without an exception.");
        }

        object? target = Embedded.Read(ref reader, context);
        string id = Wire.ReadString(ref reader, context) ?? "";
        ErrorCategory category = (ErrorCategory)reader.ReadInt32();
        string?[] names = new string?[4];
        foreach (ref string? name in names.AsSpan())
        {
            name = Wire.ReadString(ref reader, context);
        }

        string? details = Wire.ReadString(ref reader, context);
        string? action = Wire.ReadString(ref reader, context);
        string? stack = Wire.ReadString(ref reader, context);
        InvocationInfo? invocation = InvocationFormatter.Read(ref reader, context);
        ErrorRecord record = Make(exception);
        if (exception is RuntimeException runtime)
        {
            // Such an exception has a record of its own, which must not lead back to it: PowerShell would go round in circles.
            s_setRecord?.Invoke(runtime, Make(new ParentContainsErrorRecordException(runtime)));
        }

        return record;

        ErrorRecord Make(Exception about)
        {
            ErrorRecord made = new(about, id, category, target);
            made.CategoryInfo.Activity = names[0];
            made.CategoryInfo.Reason = names[1];
            made.CategoryInfo.TargetName = names[2];
            made.CategoryInfo.TargetType = names[3];
            if (details is not null || action is not null)
            {
                made.ErrorDetails = new ErrorDetails(details ?? "") { RecommendedAction = action };
            }

            s_setId?.Invoke(made, id);
            s_setStack?.Invoke(made, stack);
            s_setInvocation?.Invoke(made, invocation);
            return made;
        }
    }
}
