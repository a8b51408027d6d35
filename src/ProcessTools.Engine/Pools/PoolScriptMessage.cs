using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>A script and what it needs in a worker, the same for all calls of it: the body of the Script message.</summary>
internal sealed class PoolScriptMessage
{
    /// <summary>Its number.</summary>
    public required int Id { get; init; }

    /// <summary>The script.</summary>
    public required ScriptSource Script { get; init; }

    /// <summary>A script to run once before, in the scope of this script, or null.</summary>
    public ScriptSource? Initialization { get; init; }

    /// <summary>Modules to import, as names or paths.</summary>
    public IReadOnlyCollection<string> Modules { get; init; } = [];

    /// <summary>Classes and enums, bases first.</summary>
    public IReadOnlyList<ScriptSource> Types { get; init; } = [];

    /// <summary>Functions by name.</summary>
    public IReadOnlyDictionary<string, ScriptSource> Functions { get; init; } = new Dictionary<string, ScriptSource>();

    /// <summary>Aliases by name.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Writes the fields in the protocol's order.</summary>
    public void Write(ref PayloadWriter writer)
    {
        writer.WriteInt32(Id);
        Script.Write(ref writer);
        writer.WriteBoolean(Initialization is not null);
        Initialization?.Write(ref writer);
        writer.WriteStrings([.. Modules]);
        writer.WriteCount(Types.Count);
        foreach (ScriptSource type in Types)
        {
            type.Write(ref writer);
        }

        writer.WriteCount(Functions.Count);
        foreach ((string name, ScriptSource function) in Functions)
        {
            writer.WriteString(name);
            function.Write(ref writer);
        }

        writer.WriteCount(Aliases.Count);
        foreach ((string name, string definition) in Aliases)
        {
            writer.WriteString(name);
            writer.WriteString(definition);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static PoolScriptMessage Read(ref PayloadReader reader)
    {
        int id = reader.ReadInt32();
        ScriptSource script = ScriptSource.Read(ref reader);
        ScriptSource? initialization = reader.ReadBoolean() ? ScriptSource.Read(ref reader) : null;
        string[] modules = [.. reader.ReadStrings().Select(static name => name ?? string.Empty)];
        List<ScriptSource> types = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            types.Add(ScriptSource.Read(ref reader));
        }

        Dictionary<string, ScriptSource> functions = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            string name = reader.ReadText();
            functions[name] = ScriptSource.Read(ref reader);
        }

        Dictionary<string, string> aliases = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            string name = reader.ReadText();
            aliases[name] = reader.ReadText();
        }

        return new PoolScriptMessage
        {
            Id = id,
            Script = script,
            Initialization = initialization,
            Modules = modules,
            Types = types,
            Functions = functions,
            Aliases = aliases,
        };
    }
}
