using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A worker's process ended without saying so: killed by a signal, out of memory, or a crash of the runtime. ErrorId
/// <c>WorkerCrashed</c>.
/// </summary>
public sealed class WorkerCrashedException : ProcessToolsException
{
    internal WorkerCrashedException(string name, int? processId, int? exitCode, string standardErrorTail, string whileDoing, bool isOfPool = false)
        : base("WorkerCrashed", ErrorCategory.ResourceUnavailable, Describe(name, processId, exitCode, standardErrorTail, whileDoing, isOfPool), name)
    {
        ProcessId = processId;
        ExitCode = exitCode;
        StandardErrorTail = standardErrorTail;
    }

    /// <summary>The id that the process had, or null.</summary>
    public int? ProcessId { get; }

    /// <summary>The exit code, -n for signal n, or null when it could not be learned.</summary>
    public int? ExitCode { get; }

    /// <summary>The last lines that the process wrote to its standard error; empty when there are none.</summary>
    public string StandardErrorTail { get; }

    private static string Describe(string name, int? processId, int? exitCode, string tail, string whileDoing, bool isOfPool)
    {
        string how = exitCode switch
        {
            null => "ended in an unknown way",
            < 0 => $"was ended by signal {-exitCode.Value}{SignalName(-exitCode.Value)}",
            _ => $"ended with exit code {exitCode}",
        };
        string process = processId is null ? "its process" : $"its process {processId}";
        string advice = isOfPool
            ? "The pool's other tasks are not concerned; -RetryCount has a task that can be repeated run again."
            : "What it had written until then has been received; start it again if its work can be repeated.";
        string message = $"{(isOfPool ? "A worker of the pool" : "Worker")} '{name}' crashed {whileDoing}: {process} {how}. {advice}";
        return tail.Length == 0 ? message : $"{message} The end of its standard error:{Environment.NewLine}{tail}";
    }

    private static string SignalName(int signal) => signal switch
    {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL, as kill -9 or the kernel's out-of-memory killer send)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => string.Empty,
    };
}
