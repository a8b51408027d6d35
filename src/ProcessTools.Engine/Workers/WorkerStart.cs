using System.Management.Automation;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Workers;

/// <summary>What a worker is told to run, and how to set up its runspace: the body of the Start message.</summary>
internal sealed class WorkerStart
{
    /// <summary>The name that was asked for; empty for one made from the job.s id.</summary>
    public required string Name { get; init; }

    /// <summary>The script to run.</summary>
    public required ScriptSource Script { get; init; }

    /// <summary>A script to run before it in the global scope, or null.</summary>
    public ScriptSource? Initialization { get; init; }

    /// <summary>The folder to start in.</summary>
    public required string Location { get; init; }

    /// <summary>The whole environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The culture's name for numbers and dates.</summary>
    public required string Culture { get; init; }

    /// <summary>The culture's name for messages.</summary>
    public required string UICulture { get; init; }

    /// <summary>The language mode of the session that starts the worker.</summary>
    public PSLanguageMode LanguageMode { get; init; }

    /// <summary>True when input will come: <c>process</c> blocks then run once for each object.</summary>
    public bool HasInput { get; init; }

    /// <summary>Modules to import, as names or paths.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Definitions of classes and enums, in an order in which each finds its base.</summary>
    public IReadOnlyList<ScriptSource> Types { get; init; } = [];

    /// <summary>Functions to define, by name.</summary>
    public IReadOnlyDictionary<string, ScriptSource> Functions { get; init; } = new Dictionary<string, ScriptSource>();

    /// <summary>Aliases to define, with what they stand for.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Variables to set in the global scope.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = new Dictionary<string, object?>();

    /// <summary>Values of the <c>$using:</c> expressions, by PowerShell's own key for each.</summary>
    public IReadOnlyDictionary<string, object?> UsingValues { get; init; } = new Dictionary<string, object?>();

    /// <summary>Arguments by position.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>Arguments by name.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>What the worker finds the session's shared state by, or null.</summary>
    public string? StateAddress { get; init; }

    /// <summary>Writes the fields in the protocol's order.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="name">The name that the worker was given in the end.</param>
    /// <exception cref="NotSerializableException">A value cannot be sent.</exception>
    public void Write(ref PayloadWriter writer, string name)
    {
        writer.WriteString(name);
        Script.Write(ref writer);
        writer.WriteBoolean(Initialization is not null);
        Initialization?.Write(ref writer);
        writer.WriteString(Location);
        WriteMap(ref writer, Environment, static (ref PayloadWriter output, string value) => output.WriteString(value));
        writer.WriteString(Culture);
        writer.WriteString(UICulture);
        writer.WriteInt32((int)LanguageMode);
        writer.WriteBoolean(HasInput);
        WriteList(ref writer, Modules, static (ref PayloadWriter output, string value) => output.WriteString(value));
        WriteList(ref writer, Types, static (ref PayloadWriter output, ScriptSource value) => value.Write(ref output));
        WriteMap(ref writer, Functions, static (ref PayloadWriter output, ScriptSource value) => value.Write(ref output));
        WriteMap(ref writer, Aliases, static (ref PayloadWriter output, string value) => output.WriteString(value));
        WriteMap(ref writer, Variables, static (ref PayloadWriter output, object? value) => output.WriteObject(value));
        WriteMap(ref writer, UsingValues, static (ref PayloadWriter output, object? value) => output.WriteObject(value));
        WriteList(ref writer, Arguments, static (ref PayloadWriter output, object? value) => output.WriteObject(value));
        WriteMap(ref writer, Parameters, static (ref PayloadWriter output, object? value) => output.WriteObject(value));
        writer.WriteString(StateAddress);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static WorkerStart Read(ref PayloadReader reader) => new()
    {
        Name = reader.ReadString() ?? string.Empty,
        Script = ScriptSource.Read(ref reader),
        Initialization = reader.ReadBoolean() ? ScriptSource.Read(ref reader) : null,
        Location = reader.ReadString() ?? string.Empty,
        Environment = ReadMap(ref reader, static (ref PayloadReader input) => input.ReadString() ?? string.Empty),
        Culture = reader.ReadString() ?? string.Empty,
        UICulture = reader.ReadString() ?? string.Empty,
        LanguageMode = (PSLanguageMode)reader.ReadInt32(),
        HasInput = reader.ReadBoolean(),
        Modules = ReadList(ref reader, static (ref PayloadReader input) => input.ReadString() ?? string.Empty),
        Types = ReadList(ref reader, ScriptSource.Read),
        Functions = ReadMap(ref reader, ScriptSource.Read),
        Aliases = ReadMap(ref reader, static (ref PayloadReader input) => input.ReadString() ?? string.Empty),
        Variables = ReadMap(ref reader, static (ref PayloadReader input) => input.ReadObject()),
        UsingValues = ReadMap(ref reader, static (ref PayloadReader input) => input.ReadObject()),
        Arguments = ReadList(ref reader, static (ref PayloadReader input) => input.ReadObject()),
        Parameters = ReadMap(ref reader, static (ref PayloadReader input) => input.ReadObject()),
        StateAddress = reader.ReadString(),
    };

    private delegate void WriteItem<T>(ref PayloadWriter writer, T value);

    private delegate T ReadItem<T>(ref PayloadReader reader);

    private static void WriteList<T>(ref PayloadWriter writer, IReadOnlyList<T> items, WriteItem<T> write)
    {
        writer.WriteInt32(items.Count);
        foreach (T item in items)
        {
            write(ref writer, item);
        }
    }

    private static void WriteMap<T>(ref PayloadWriter writer, IReadOnlyDictionary<string, T> items, WriteItem<T> write)
    {
        writer.WriteInt32(items.Count);
        foreach ((string key, T value) in items)
        {
            writer.WriteString(key);
            write(ref writer, value);
        }
    }

    private static List<T> ReadList<T>(ref PayloadReader reader, ReadItem<T> read)
    {
        int count = reader.ReadInt32();
        List<T> items = [];
        for (int i = 0; i < count; i++)
        {
            items.Add(read(ref reader));
        }

        return items;
    }

    private static Dictionary<string, T> ReadMap<T>(ref PayloadReader reader, ReadItem<T> read)
    {
        int count = reader.ReadInt32();
        Dictionary<string, T> items = [];
        for (int i = 0; i < count; i++)
        {
            string key = reader.ReadString() ?? string.Empty;
            items[key] = read(ref reader);
        }

        return items;
    }
}
