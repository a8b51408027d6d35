using System.Globalization;
using System.Management.Automation;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>What is asked of <c>New-ProcessPool</c>, as the caller gave it.</summary>
internal sealed class PoolRequest : WorkerRequest
{
    private const double DefaultIdleSeconds = 300;

    /// <summary>How many workers it may have.</summary>
    public int Size { get; init; } = PoolNesting.DefaultSize;

    /// <summary>True when workers come up before there is work.</summary>
    public bool StartsAtOnce { get; init; } = true;

    /// <summary>True for the session's own.</summary>
    public bool IsDefault { get; init; }

    /// <summary>A script to run in each worker, or null.</summary>
    public ScriptBlock? Initialization { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<object?> InitializationArguments { get; init; } = [];

    /// <summary>Modules to import.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Functions to take along beside those that are found.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>Variables to take along.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>True to take along only what is named.</summary>
    public bool NoImport { get; init; }

    /// <summary>After how many tasks a worker is replaced, or null.</summary>
    public int? MaxTasksPerWorker { get; init; }

    /// <summary>Above how many bytes of memory a worker is replaced after a task, or null.</summary>
    public long? MaxWorkerMemory { get; init; }

    /// <summary>How long a task may take that says nothing else, or null.</summary>
    public TimeSpan? TaskTimeout { get; init; }

    /// <summary>How often a task is tried again that says nothing else.</summary>
    public int RetryCount { get; init; }

    /// <summary>After how long without work workers leave, or null.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>The session's own pool, which is made when it is first wanted.</summary>
    public static WorkerPool Default(SessionState session) => SessionPools.Default(() => new PoolRequest
    {
        Name = SessionPools.DefaultName,
        StartsAtOnce = false,
        IsDefault = true,
        IdleTimeout = TimeSpan.FromSeconds(
            double.TryParse(System.Environment.GetEnvironmentVariable(SessionPools.IdleVariable), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0
                ? seconds
                : DefaultIdleSeconds),
    }.ToOptions(session));

    /// <summary>Checks everything, and makes the pool.</summary>
    /// <param name="session">The caller's session.</param>
    /// <exception cref="ProcessToolsException">Something is wrong with the request; no process was started.</exception>
    public WorkerPool Make(SessionState session) => SessionPools.Add(ToOptions(session));

    private PoolOptions ToOptions(SessionState session)
    {
        ScriptCapture capture = ScriptCapture.Of(session, null, Initialization, NoImport, Functions, Modules);
        WorkerStart setUp = new()
        {
            Name = Name ?? "pool",
            Script = new ScriptSource(string.Empty, null, 1, 1, string.Empty),
            Initialization = Initialization is null ? null : ScriptSource.From(Initialization),
            Location = ResolveWorkingDirectory(session),
            Environment = ResolveEnvironment(),
            Culture = CultureInfo.CurrentCulture.Name,
            UICulture = CultureInfo.CurrentUICulture.Name,
            StateAddress = State.SharedStates.AddressForWorkers(),
            LanguageMode = session.LanguageMode,
            Modules = [.. capture.Modules],
            Types = capture.Types,
            Functions = capture.Functions,
            Aliases = capture.Aliases,
            Variables = Variables.ToDictionary(static name => name, name => ReadVariable(session, name), StringComparer.OrdinalIgnoreCase),
            UsingValues = capture.UsingValues,
            Arguments = InitializationArguments,
        };
        CheckSerializable(setUp);
        return new PoolOptions
        {
            Name = Name,
            Size = Size,
            SetUp = setUp,
            StartsAtOnce = StartsAtOnce,
            IsDefault = IsDefault,
            MaxTasksPerWorker = MaxTasksPerWorker,
            MaxWorkerMemory = MaxWorkerMemory,
            TaskTimeout = TaskTimeout,
            RetryCount = RetryCount,
            IdleTimeout = IdleTimeout,
            Grace = Limits.Grace,
            Priority = Limits.Priority,
        };
    }

    /// <summary>Refuses what cannot travel before any process is started.</summary>
    private static void CheckSerializable(WorkerStart start)
    {
        using Serialization.PooledBufferWriter buffer = new();
        Channels.Passage.Gather(() =>
        {
            Serialization.PayloadWriter writer = new(Channels.MessageCodec.Serializer, buffer);
            start.Write(ref writer, start.Name);
            writer.Flush();
        })?.Cancel();
    }
}
