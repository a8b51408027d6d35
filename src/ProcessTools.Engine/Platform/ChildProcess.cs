namespace ProcessTools.Engine.Platform;

/// <summary>
/// A process that this one started: its pipes, its end, and the means to end it with everything that it started. Thread-safe.
/// </summary>
internal abstract class ChildProcess : IDisposable
{
    private readonly TaskCompletionSource<int?> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The operating system's id.</summary>
    public abstract int Id { get; }

    /// <summary>The process, safe from a later one with the same id.</summary>
    public abstract ProcessIdentity Identity { get; }

    /// <summary>The write end of the child's standard input, or null where it was not redirected.</summary>
    public abstract Stream? StandardInput { get; }

    /// <summary>
    /// Completes when the process has ended: n for an exit with n, -n for signal n, null when it could not be learned.
    /// </summary>
    public Task<int?> Exit => _exit.Task;

    /// <summary>Starts a program.</summary>
    /// <exception cref="ProgramNotFoundException">The program cannot be run.</exception>
    /// <exception cref="WorkerStartException">The operating system refused.</exception>
    public static ChildProcess Start(ChildProcessOptions options) => PlatformServices.Current.StartProcess(options);

    /// <summary>
    /// Begins to read both output streams on a thread of its own, until both are at their end or the child is disposed of. Called once.
    /// </summary>
    /// <param name="handler">Takes the output; must not throw.</param>
    /// <returns>Completes when both streams are at their end.</returns>
    public abstract Task PumpOutputAsync(ChildOutputHandler handler);

    /// <summary>Returns when the pump has handed over everything that the child had written before the call, or the time is over.</summary>
    public abstract void FlushOutput(TimeSpan timeout);

    /// <summary>Asks the process to end, where the system has a way to ask.</summary>
    public abstract void Terminate();

    /// <summary>Kills the process and everything that it started. Does nothing where all have ended.</summary>
    public abstract void KillTree();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Tells the end; only the first call counts.</summary>
    protected void SetExited(int? exitCode) => _exit.TrySetResult(exitCode);
}
