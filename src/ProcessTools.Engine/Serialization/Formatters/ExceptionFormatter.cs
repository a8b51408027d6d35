using System.Management.Automation;
using System.Runtime.ExceptionServices;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Exceptions: those in <see cref="ExceptionTable"/> come back as what they were, so that <c>catch [type]</c> works; others as a
/// <see cref="RemoteWorkerException"/> that names their type. The stack of the process that threw them stays in front of their own.
/// </summary>
internal sealed class ExceptionFormatter : Formatter
{
    private const int Parts = 6;

    /// <summary>Adds the reader of exceptions.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table) => table[WireCode.Exception] = Read;

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context)
    {
        Exception exception = Unwrap((Exception)value);
        string name = ExceptionTable.NameFor(exception.GetType());
        object?[] extras = ExceptionTable.Find(name) is { Extras: { } get } ? get(exception) : [];
        Wire.WriteMarker(ref writer, Parts, WireCode.Exception);
        context.Enter(exception, Parts + extras.Length);
        Wire.WriteString(ref writer, name, context);
        Wire.WriteString(ref writer, exception.Message, context);
        LiveObjectFormatter.WriteText(ref writer, exception.StackTrace, context);
        writer.Write(exception.HResult);
        context.At("InnerException");
        ValueWriter.Write(ref writer, exception is AggregateException ? null : exception.InnerException, context);
        writer.WriteArrayHeader(extras.Length);
        foreach (object? extra in extras)
        {
            if (extra is Exception inner)
            {
                Write(ref writer, inner, context);
            }
            else
            {
                Embedded.Write(ref writer, extra, context);
            }
        }

        context.Leave();
    }

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context)
    {
        Exception exception = Unwrap((Exception)value);
        writer.WriteMapHeader(4);
        context.Enter(exception, 4);
        writer.Write("Type");
        Wire.WriteString(ref writer, exception.GetType().FullName ?? "", context);
        writer.Write("Message");
        Wire.WriteString(ref writer, exception.Message, context);
        writer.Write("StackTrace");
        LiveObjectFormatter.WriteText(ref writer, exception.StackTrace, context);
        writer.Write("InnerException");
        context.At("InnerException");
        ValueWriter.Write(ref writer, exception.InnerException, context);
        context.Leave();
    }

    // -ErrorAction Stop wraps what happened in an exception that cannot be made again and says nothing more.
    private static Exception Unwrap(Exception exception)
    {
        for (int i = 0; i < 8 && exception is ActionPreferenceStopException { ErrorRecord.Exception: { } cause } && !ReferenceEquals(cause, exception); i++)
        {
            exception = cause;
        }

        return exception;
    }

    private static object Read(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count != Parts)
        {
            throw new InvalidDataFrameException($"The data has an exception of {count} parts.");
        }

        context.Charge(512);
        string name = Wire.ReadText(ref reader, context);
        string message = Wire.ReadText(ref reader, context);
        string? stack = Wire.ReadString(ref reader, context);
        int hResult = reader.ReadInt32();
        Exception? inner = ReadInner(ref reader, context);
        object?[] extras = new object?[Wire.ReadArrayHeader(ref reader)];
        context.Enter(extras.Length, IntPtr.Size);
        for (int i = 0; i < extras.Length; i++)
        {
            extras[i] = Embedded.Read(ref reader, context);
        }

        context.Leave();
        Exception exception = Make(name, stack, new ExceptionParts(message, inner, extras));
        exception.HResult = hResult;
        if (!string.IsNullOrEmpty(stack))
        {
            ExceptionDispatchInfo.SetRemoteStackTrace(exception, stack);
        }

        return exception;
    }

    private static Exception? ReadInner(ref MessagePackReader reader, ReadContext context) => ValueReader.Read(ref reader, context) switch
    {
        null => null,
        Exception inner => inner,
        _ => throw new InvalidDataFrameException("The data has an exception inside which is something else."),
    };

    private static Exception Make(string name, string? stack, ExceptionParts parts) =>
        ExceptionTable.Find(name)?.Make(parts) ?? new RemoteWorkerException(name, parts.Message, stack, parts.Inner);
}
