using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using System.Text;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// The scripts that a pool's workers have compiled, and the calls of its methods: a script block that is submitted again, with the same values, is one call. Scripts that nobody uses are given up, the
/// oldest first, when there are many.
/// </summary>
internal sealed class PoolScripts(WorkerPool pool)
{
    private const int MostIdle = 64;

    private readonly object _gate = new();
    private readonly Dictionary<string, PoolScriptEntry> _entries = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<Ast, SubmitCall> _submits = [];
    private int _lastId;
    private long _uses;

    /// <summary>Finds or makes the entry of a script. Release it when the call is over.</summary>
    /// <param name="script">The script.</param>
    /// <param name="initialization">A script to run once before it, or null.</param>
    /// <param name="capture">What travels with them.</param>
    public PoolScriptEntry Get(ScriptBlock script, ScriptBlock? initialization, ScriptCapture capture)
    {
        PoolScriptMessage message = new()
        {
            Id = Interlocked.Increment(ref _lastId),
            Script = ScriptSource.From(script),
            Initialization = initialization is null ? null : ScriptSource.From(initialization),
            Modules = [.. capture.Modules],
            Types = capture.Types,
            Functions = capture.Functions,
            Aliases = capture.Aliases,
        };
        string key = KeyOf(message);
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out PoolScriptEntry? entry))
            {
                entry = new PoolScriptEntry(key, message);
                _entries.Add(key, entry);
            }

            entry.Calls++;
            entry.LastUse = ++_uses;
            return entry;
        }
    }

    /// <summary>A call is over.</summary>
    public void Release(PoolScriptEntry entry)
    {
        PoolScriptEntry? oldest = null;
        lock (_gate)
        {
            entry.Calls--;
            if (_entries.Count > MostIdle)
            {
                oldest = _entries.Values.Where(static one => one.Calls == 0).MinBy(static one => one.LastUse);
                if (oldest is not null)
                {
                    _entries.Remove(oldest.Key);
                }
            }
        }

        if (oldest is not null)
        {
            pool.Forget(oldest);
        }
    }

    /// <summary>Finds or makes the call of a method's script block.</summary>
    public SubmitCall GetSubmit(ScriptBlock script)
    {
        if (_submits.TryGetValue(script.Ast, out SubmitCall? known) && !known.IsInputComplete && !NeedsSession(script.Ast))
        {
            return known;
        }

        ScriptCapture capture = Capture(script);
        PoolScriptEntry entry = Get(script, null, capture);
        if (known is { IsInputComplete: false } && ReferenceEquals(known.Script, entry) && HasSameValues(known.Message.UsingValues, capture.UsingValues))
        {
            Release(entry);
            return known;
        }

        PoolCallMessage message = new() { Id = pool.NextCallId(), ScriptId = entry.Message.Id, UsingValues = capture.UsingValues, StopsAtErrors = true };
        try
        {
            message.Check();
        }
        catch
        {
            Release(entry);
            throw;
        }

        if (known is not null)
        {
            pool.Seal(known);
        }

        SubmitCall call = pool.MakeSubmitCall(entry, message);
        _submits.AddOrUpdate(script.Ast, call);
        return call;
    }

    /// <summary>Takes what a script block uses of the session that runs on this thread.</summary>
    public static ScriptCapture Capture(ScriptBlock script)
    {
        SessionState? session = script.Module?.SessionState ?? CurrentSession();
        if (session is null)
        {
            return ScriptCapture.OfNothing;
        }

        ScriptCapture capture = new(session);
        capture.AddUsingValues(script);
        capture.AddDependencies(script);
        return capture;
    }

    /// <summary>The session of this thread; null on a thread of a .NET program that runs no script.</summary>
    private static SessionState? CurrentSession() => Runspace.DefaultRunspace is null
        ? null
        : ((EngineIntrinsics)((PSObject)ScriptBlock.Create("$ExecutionContext").InvokeReturnAsIs()).BaseObject).SessionState;

    /// <summary>Whether a script uses anything that the session could change between two calls.</summary>
    private static bool NeedsSession(Ast ast)
    {
        return s_needsSession.GetValue(ast, static key => new StrongBox<bool>(
            key.Find(static node => node is UsingExpressionAst or CommandAst or TypeExpressionAst or TypeConstraintAst, searchNestedScriptBlocks: true) is not null)).Value;
    }

    private static readonly ConditionalWeakTable<Ast, StrongBox<bool>> s_needsSession = [];

    private static bool HasSameValues(IReadOnlyDictionary<string, object?> some, IReadOnlyDictionary<string, object?> others)
    {
        if (some.Count != others.Count)
        {
            return false;
        }

        foreach ((string key, object? value) in some)
        {
            // What can be changed inside might have been.
            object? bare = Unwrapped.Of(value);
            bool isConstant = bare is null or string or ValueType or ProcessChannel;
            if (!isConstant || !others.TryGetValue(key, out object? other) || !Equals(bare, Unwrapped.Of(other)))
            {
                return false;
            }
        }

        return true;
    }

    private static string KeyOf(PoolScriptMessage message)
    {
        StringBuilder key = new();
        Append(key, message.Script);
        if (message.Initialization is not null)
        {
            Append(key.Append('i'), message.Initialization);
        }

        key.AppendJoin('\n', message.Modules.Order(StringComparer.Ordinal));
        foreach (ScriptSource type in message.Types)
        {
            Append(key.Append('t'), type);
        }

        foreach ((string name, ScriptSource function) in message.Functions.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            Append(key.Append('f').Append(name), function);
        }

        foreach ((string name, string definition) in message.Aliases.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            key.Append('a').Append(name).Append('\0').Append(definition).Append('\0');
        }

        return key.ToString();
    }

    private static void Append(StringBuilder key, ScriptSource source) =>
        key.Append(source.File).Append('\0').Append(source.Line).Append('\0').Append(source.Column).Append('\0').Append(source.Usings).Append('\0').Append(source.Text).Append('\0');
}
