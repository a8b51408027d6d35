using System.Management.Automation;
using MessagePack;
using ProcessTools.Engine.Runtime;

namespace ProcessTools.Engine.Serialization;

/// <summary>The records of PowerShell's other streams: warning, verbose, debug, information and progress, and what Write-Host writes.</summary>
internal static class RecordFormatters
{
    private const byte Warning = 0;
    private const byte Verbose = 1;
    private const byte Debug = 2;
    private const byte Information = 3;
    private const byte Progress = 4;
    private const byte HostMessage = 5;

    private static readonly Action<InformationalRecord, InvocationInfo?>? s_setInvocation =
        PowerShellInternals.MakeSetter<InformationalRecord, InvocationInfo?>(HiddenMembers.RecordInvocation);

    /// <summary>Adds the formatters of records.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table)
    {
        table.Add(typeof(WarningRecord), new DelegateFormatter<WarningRecord>(
            static (ref w, v, c) => WriteMessage(ref w, Warning, v, v.FullyQualifiedWarningId, c), WriteText));
        table.Add(typeof(VerboseRecord), new DelegateFormatter<VerboseRecord>(static (ref w, v, c) => WriteMessage(ref w, Verbose, v, null, c), WriteText));
        table.Add(typeof(DebugRecord), new DelegateFormatter<DebugRecord>(static (ref w, v, c) => WriteMessage(ref w, Debug, v, null, c), WriteText));
        table.Add(typeof(InformationRecord), new DelegateFormatter<InformationRecord>(WriteInformation, static (ref w, v, c) => ValueWriter.Write(ref w, v.MessageData, c)));
        table.Add(typeof(ProgressRecord), new DelegateFormatter<ProgressRecord>(WriteProgress, WritePlainProgress));
        table.Add(typeof(HostInformationMessage), new DelegateFormatter<HostInformationMessage>(
            WriteHostMessage, static (ref w, v, c) => LiveObjectFormatter.WriteText(ref w, v.Message, c)));
    }

    /// <summary>Adds the reader of records.</summary>
    /// <param name="table">The table of markers by code.</param>
    public static void AddTo(ReadComposite?[] table) => table[WireCode.Record] = Read;

    private static void WriteText(ref MessagePackWriter writer, InformationalRecord value, WriteContext context) =>
        LiveObjectFormatter.WriteText(ref writer, value.Message, context);

    private static void WriteMessage(ref MessagePackWriter writer, byte kind, InformationalRecord value, string? id, WriteContext context)
    {
        Wire.WriteMarker(ref writer, 3, WireCode.Record, kind);
        LiveObjectFormatter.WriteText(ref writer, value.Message, context);
        LiveObjectFormatter.WriteText(ref writer, id, context);
        InvocationFormatter.Write(ref writer, value.InvocationInfo, context);
    }

    private static void WriteInformation(ref MessagePackWriter writer, InformationRecord value, WriteContext context)
    {
        Wire.WriteMarker(ref writer, 9, WireCode.Record, Information);
        context.Enter(value, 2);
        context.At("MessageData");
        ValueWriter.Write(ref writer, value.MessageData, context);
        context.Leave();
        LiveObjectFormatter.WriteText(ref writer, value.Source, context);
        ValueWriter.Write(ref writer, value.TimeGenerated, context);
        writer.WriteArrayHeader(value.Tags.Count);
        foreach (string tag in value.Tags)
        {
            LiveObjectFormatter.WriteText(ref writer, tag, context);
        }

        LiveObjectFormatter.WriteText(ref writer, value.User, context);
        LiveObjectFormatter.WriteText(ref writer, value.Computer, context);
        writer.Write(value.ProcessId);
        writer.Write(value.NativeThreadId);
        writer.Write(value.ManagedThreadId);
    }

    private static void WriteProgress(ref MessagePackWriter writer, ProgressRecord value, WriteContext context)
    {
        Wire.WriteMarker(ref writer, 8, WireCode.Record, Progress);
        writer.Write(value.ActivityId);
        writer.Write(value.ParentActivityId);
        LiveObjectFormatter.WriteText(ref writer, value.Activity, context);
        LiveObjectFormatter.WriteText(ref writer, value.StatusDescription, context);
        LiveObjectFormatter.WriteText(ref writer, value.CurrentOperation, context);
        writer.Write(value.PercentComplete);
        writer.Write(value.SecondsRemaining);
        writer.Write((int)value.RecordType);
    }

    private static void WritePlainProgress(ref MessagePackWriter writer, ProgressRecord value, WriteContext context)
    {
        writer.WriteMapHeader(3);
        writer.Write("Activity");
        LiveObjectFormatter.WriteText(ref writer, value.Activity, context);
        writer.Write("StatusDescription");
        LiveObjectFormatter.WriteText(ref writer, value.StatusDescription, context);
        writer.Write("PercentComplete");
        writer.Write(value.PercentComplete);
    }

    private static void WriteHostMessage(ref MessagePackWriter writer, HostInformationMessage value, WriteContext context)
    {
        Wire.WriteMarker(ref writer, 4, WireCode.Record, HostMessage);
        LiveObjectFormatter.WriteText(ref writer, value.Message, context);
        ValueWriter.Write(ref writer, value.NoNewLine, context);
        ValueWriter.Write(ref writer, (int?)value.ForegroundColor, context);
        ValueWriter.Write(ref writer, (int?)value.BackgroundColor, context);
    }

    private static object Read(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        int needed = data switch
        {
            Warning or Verbose or Debug => 3,
            Information => 9,
            Progress => 8,
            HostMessage => 4,
            _ => throw new InvalidDataFrameException($"The data has a record {data}, which does not exist."),
        };
        if (count != needed)
        {
            throw new InvalidDataFrameException($"The data has a record of {count} parts.");
        }

        return data switch
        {
            Information => ReadInformation(ref reader, context),
            Progress => ReadProgress(ref reader, context),
            HostMessage => ReadHostMessage(ref reader, context),
            _ => ReadMessage(ref reader, data, context),
        };
    }

    private static InformationalRecord ReadMessage(ref MessagePackReader reader, byte kind, ReadContext context)
    {
        string message = Wire.ReadString(ref reader, context) ?? "";
        string? id = Wire.ReadString(ref reader, context);
        InvocationInfo? invocation = InvocationFormatter.Read(ref reader, context);
        InformationalRecord record = kind switch
        {
            Warning => id is null ? new WarningRecord(message) : new WarningRecord(id, message),
            Verbose => new VerboseRecord(message),
            _ => new DebugRecord(message),
        };
        if (invocation is not null)
        {
            s_setInvocation?.Invoke(record, invocation);
        }

        return record;
    }

    private static InformationRecord ReadInformation(ref MessagePackReader reader, ReadContext context)
    {
        object? message = ValueReader.Read(ref reader, context);
        InformationRecord record = new(message, Wire.ReadString(ref reader, context));
        record.TimeGenerated = ValueReader.Read(ref reader, context) is DateTime time ? time : throw new InvalidDataFrameException("The data has a record without its time.");
        int tags = Wire.ReadArrayHeader(ref reader);
        context.Enter(tags, IntPtr.Size);
        for (int i = 0; i < tags; i++)
        {
            record.Tags.Add(Wire.ReadText(ref reader, context));
        }

        context.Leave();
        record.User = Wire.ReadString(ref reader, context);
        record.Computer = Wire.ReadString(ref reader, context);
        record.ProcessId = reader.ReadUInt32();
        record.NativeThreadId = reader.ReadUInt32();
        record.ManagedThreadId = reader.ReadUInt32();
        return record;
    }

    private static ProgressRecord ReadProgress(ref MessagePackReader reader, ReadContext context)
    {
        int activityId = reader.ReadInt32();
        int parent = reader.ReadInt32();
        string activity = Wire.ReadText(ref reader, context);
        string? status = Wire.ReadString(ref reader, context);

        // The constructor refuses an empty status, which a completed record may have; its setter does too.
        return new ProgressRecord(activityId, activity, string.IsNullOrEmpty(status) ? " " : status)
        {
            ParentActivityId = parent,
            CurrentOperation = Wire.ReadString(ref reader, context),
            PercentComplete = reader.ReadInt32(),
            SecondsRemaining = reader.ReadInt32(),
            RecordType = reader.ReadInt32() == 0 ? ProgressRecordType.Processing : ProgressRecordType.Completed,
        };
    }

    private static HostInformationMessage ReadHostMessage(ref MessagePackReader reader, ReadContext context) => new()
    {
        Message = Wire.ReadString(ref reader, context),
        NoNewLine = ValueReader.Read(ref reader, context) as bool?,
        ForegroundColor = (ConsoleColor?)(ValueReader.Read(ref reader, context) as int?),
        BackgroundColor = (ConsoleColor?)(ValueReader.Read(ref reader, context) as int?),
    };
}
