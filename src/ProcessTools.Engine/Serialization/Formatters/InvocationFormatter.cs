using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using MessagePack;
using ProcessTools.Engine.Runtime;

namespace ProcessTools.Engine.Serialization;

/// <summary>Where in a script an error or a message came from, and which command it was.</summary>
internal static class InvocationFormatter
{
    private const int Parts = 15;

    private static readonly Func<InvocationInfo, IScriptExtent?>? s_getExtent =
        PowerShellInternals.MakeGetter<InvocationInfo, IScriptExtent?>(HiddenMembers.ScriptPosition);

    private static readonly Action<InvocationInfo, string?>? s_setName = Setter<string?>(HiddenMembers.InvocationName);
    private static readonly Action<InvocationInfo, long>? s_setHistoryId = Setter<long>(HiddenMembers.InvocationHistoryId);
    private static readonly Action<InvocationInfo, int>? s_setLength = Setter<int>(HiddenMembers.InvocationLength);
    private static readonly Action<InvocationInfo, int>? s_setPosition = Setter<int>(HiddenMembers.InvocationPosition);
    private static readonly Action<InvocationInfo, bool>? s_setExpectingInput = Setter<bool>(HiddenMembers.InvocationExpectsInput);
    private static readonly Action<InvocationInfo, CommandOrigin>? s_setOrigin = Setter<CommandOrigin>(HiddenMembers.InvocationOrigin);
    private static readonly Func<string, CommandTypes, CommandInfo>? s_makeCommand = PowerShellInternals.Guard(MakeCommandFactory);

    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">What to write, or null.</param>
    /// <param name="context">The message.</param>
    public static void Write(ref MessagePackWriter writer, InvocationInfo? value, WriteContext context)
    {
        if (value is null)
        {
            writer.WriteNil();
            return;
        }

        IScriptExtent? extent = s_getExtent?.Invoke(value) ?? value.DisplayScriptPosition;
        writer.WriteArrayHeader(Parts);
        LiveObjectFormatter.WriteText(ref writer, extent?.File ?? value.ScriptName, context);
        writer.Write(extent?.StartLineNumber ?? value.ScriptLineNumber);
        writer.Write(extent?.StartColumnNumber ?? value.OffsetInLine);
        LiveObjectFormatter.WriteText(ref writer, extent?.StartScriptPosition?.Line ?? value.Line, context);
        writer.Write(extent?.EndLineNumber ?? value.ScriptLineNumber);
        writer.Write(extent?.EndColumnNumber ?? value.OffsetInLine);
        LiveObjectFormatter.WriteText(ref writer, extent is null || extent.EndLineNumber == extent.StartLineNumber ? null : extent.EndScriptPosition?.Line, context);
        LiveObjectFormatter.WriteText(ref writer, value.MyCommand?.Name, context);
        writer.Write((int)(value.MyCommand?.CommandType ?? 0));
        LiveObjectFormatter.WriteText(ref writer, value.InvocationName, context);
        writer.Write(value.HistoryId);
        writer.Write(value.PipelineLength);
        writer.Write(value.PipelinePosition);
        writer.Write(value.ExpectingInput);
        writer.Write((int)value.CommandOrigin);
    }

    /// <summary>Reads it.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>What was written.</returns>
    public static InvocationInfo? Read(ref MessagePackReader reader, ReadContext context)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        Wire.ReadArrayHeader(ref reader, Parts, Parts);
        context.Charge(1024);
        string file = Wire.ReadString(ref reader, context) ?? "";
        int startLine = reader.ReadInt32();
        int startColumn = reader.ReadInt32();
        string? line = Wire.ReadString(ref reader, context);
        int endLine = reader.ReadInt32();
        int endColumn = reader.ReadInt32();
        string? lastLine = Wire.ReadString(ref reader, context) ?? line;
        string? command = Wire.ReadString(ref reader, context);
        CommandTypes commandType = (CommandTypes)reader.ReadInt32();

        // PowerShell cuts the lines at the columns when it shows the position, so columns beyond them are brought back.
        int startLimit = (line?.Length ?? 0) + 1;
        int endLimit = (lastLine?.Length ?? 0) + 1;
        int first = Math.Clamp(startColumn, 0, startLimit);
        int last = Math.Clamp(endColumn, startLine == endLine ? Math.Min(first, endLimit) : 0, endLimit);
        ScriptExtent extent = new(new ScriptPosition(file, startLine, first, line), new ScriptPosition(file, endLine, last, lastLine));
        InvocationInfo value = InvocationInfo.Create(command is null ? null : s_makeCommand?.Invoke(command, commandType), extent);
        Set(s_setName, value, Wire.ReadString(ref reader, context));
        Set(s_setHistoryId, value, reader.ReadInt64());
        Set(s_setLength, value, reader.ReadInt32());
        Set(s_setPosition, value, reader.ReadInt32());
        Set(s_setExpectingInput, value, reader.ReadBoolean());
        Set(s_setOrigin, value, (CommandOrigin)reader.ReadInt32());
        return value;
    }

    private static void Set<T>(Action<InvocationInfo, T>? set, InvocationInfo value, T item) => set?.Invoke(value, item);

    private static Action<InvocationInfo, T>? Setter<T>(HiddenMember member) => PowerShellInternals.MakeSetter<InvocationInfo, T>(member);

    private static Func<string, CommandTypes, CommandInfo> MakeCommandFactory()
    {
        ConstructorInfo constructor = HiddenMembers.RemoteCommand.Get<ConstructorInfo>();
        ParameterExpression name = Expression.Parameter(typeof(string));
        ParameterExpression kind = Expression.Parameter(typeof(CommandTypes));
        return Expression.Lambda<Func<string, CommandTypes, CommandInfo>>(Expression.New(constructor, name, kind), name, kind).Compile();
    }
}
