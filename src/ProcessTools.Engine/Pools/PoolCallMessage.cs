using System.Collections;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools;

/// <summary>A call of a script: where and with which values its tasks run. The body of the Call message.</summary>
internal sealed class PoolCallMessage
{
    /// <summary>Its number.</summary>
    public required int Id { get; init; }

    /// <summary>The number of its script.</summary>
    public required int ScriptId { get; init; }

    /// <summary>The folder to run in, or null for the worker's own.</summary>
    public string? Location { get; init; }

    /// <summary>The whole environment, or null for the worker's own.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Variables to set: taken along, and preferences.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = new Dictionary<string, object?>();

    /// <summary>Values of the <c>$using:</c> expressions, by PowerShell's key for each.</summary>
    public IReadOnlyDictionary<string, object?> UsingValues { get; init; } = new Dictionary<string, object?>();

    /// <summary>Arguments that follow each task's own.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>True when an error that ends a statement ends the task, as inside <c>try</c>; the way of methods, whose errors are exceptions.</summary>
    public bool StopsAtErrors { get; init; }

    /// <summary>Refuses values that cannot travel before anything is started.</summary>
    /// <exception cref="NotSerializableException">One of them cannot.</exception>
    public void Check()
    {
        if (Variables.Count + UsingValues.Count + Arguments.Count == 0)
        {
            return;
        }

        using PooledBufferWriter buffer = new();
        Channels.Passage.Gather(() =>
        {
            PayloadWriter writer = new(Channels.MessageCodec.Serializer, buffer);
            Write(ref writer);
            writer.Flush();
        })?.Cancel();
    }

    /// <summary>Writes the fields in the protocol's order.</summary>
    /// <exception cref="NotSerializableException">A value cannot travel.</exception>
    public void Write(ref PayloadWriter writer)
    {
        writer.WriteInt32(Id);
        writer.WriteInt32(ScriptId);
        writer.WriteString(Location);
        writer.WriteObject(Environment is null ? null : new Hashtable(Environment.ToDictionary(static pair => pair.Key, static pair => pair.Value), StringComparer.Ordinal));
        writer.WriteMapOfObjects(Variables);
        writer.WriteMapOfObjects(UsingValues);
        writer.WriteObjects(Arguments);
        writer.WriteBoolean(StopsAtErrors);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static PoolCallMessage Read(ref PayloadReader reader) => new()
    {
        Id = reader.ReadInt32(),
        ScriptId = reader.ReadInt32(),
        Location = reader.ReadString(),
        Environment = (reader.ReadObject() as Hashtable)?.Cast<DictionaryEntry>().ToDictionary(static entry => (string)entry.Key, static entry => (string?)entry.Value ?? string.Empty),
        Variables = reader.ReadMapOfObjects() ?? [],
        UsingValues = new Dictionary<string, object?>(reader.ReadMapOfObjects() ?? [], StringComparer.Ordinal),
        Arguments = reader.ReadObjects(),
        StopsAtErrors = reader.ReadBoolean(),
    };
}
