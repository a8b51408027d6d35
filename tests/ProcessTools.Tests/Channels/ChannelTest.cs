using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Channels;

/// <summary>What the tests of queues and pipes share: a session, and the channels and workers that its scripts make.</summary>
public abstract class ChannelTest : IDisposable
{
    private protected ShellSession Shell { get; } = new();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Shell.Dispose();
        }
    }

    /// <summary>Runs a script that writes one object.</summary>
    private protected object? One(string script, params object?[] arguments) => Assert.Single(Shell.Run(script, arguments))?.BaseObject;

    /// <summary>Runs a script and returns what it wrote, bare.</summary>
    private protected object?[] All(string script, params object?[] arguments) => [.. Shell.Run(script, arguments).Select(item => item?.BaseObject)];

    private protected ProcessQueue NewQueue(string parameters = "") => (ProcessQueue)One($"New-ProcessQueue {parameters}")!;

    private protected (ProcessPipeEnd First, ProcessPipeEnd Second) NewPipe(string parameters = "")
    {
        object?[] ends = All($"New-ProcessPipe {parameters}");
        Assert.Equal(2, ends.Length);
        return ((ProcessPipeEnd)ends[0]!, (ProcessPipeEnd)ends[1]!);
    }

    private protected WorkerProcess NewWorker(string script, params object?[] arguments)
    {
        WorkerProcess worker = (WorkerProcess)One(script, arguments)!;
        return worker;
    }

    /// <summary>Waits until a worker has written as many objects.</summary>
    private protected static void AwaitOutput(WorkerProcess worker, int count = 1) =>
        Until.True(() => worker.Output.Count >= count || worker.HasExited, $"the worker {worker.Name} writes", 60);

    /// <summary>Waits until a worker that has said that it will wait does: it uses no processor time any more.</summary>
    private protected static void AwaitIdle(WorkerProcess worker)
    {
        AwaitOutput(worker);
        Assert.False(worker.HasExited, string.Join(Environment.NewLine, worker.Error));
        using Process process = Process.GetProcessById(worker.ProcessId!.Value);
        TimeSpan last = TimeSpan.MinValue;
        Stopwatch quiet = Stopwatch.StartNew();
        Until.True(
            () =>
            {
                process.Refresh();
                if (process.TotalProcessorTime != last)
                {
                    last = process.TotalProcessorTime;
                    quiet.Restart();
                }

                return quiet.ElapsedMilliseconds > 200;
            },
            $"the worker {worker.Name} waits",
            60);
    }

    private protected static void AwaitEnd(WorkerProcess worker)
    {
        Assert.True(worker.Join(60), $"The worker {worker.Name} has not ended.");
        Assert.True(worker.JobStateInfo.State == JobState.Completed, $"{worker.Name} is {worker.JobStateInfo.State}: {worker.JobStateInfo.Reason} {string.Join(Environment.NewLine, worker.Error)}");
    }

    /// <summary>A worker's only output.</summary>
    private protected static object? ResultOf(WorkerProcess worker)
    {
        AwaitEnd(worker);
        return Assert.Single(worker.Output)?.BaseObject;
    }

    /// <summary>The module's own error in an error record; that of a method comes wrapped.</summary>
    private protected static ProcessToolsException ErrorOf(ErrorRecord error)
    {
        for (Exception? exception = error.Exception; exception is not null; exception = exception.InnerException)
        {
            if (exception is ProcessToolsException found)
            {
                return found;
            }
        }

        throw new Xunit.Sdk.XunitException($"Not an error of the module: {error.Exception}");
    }

    /// <summary>Checks that a script ends with an error, by its type, its id and its category.</summary>
    private protected void AssertError<T>(string id, ErrorCategory category, string script, params object?[] arguments)
        where T : ProcessToolsException
    {
        ShellResult result = Shell.TryRun(script, arguments);
        ErrorRecord record = Assert.Single(result.Errors);
        T error = Assert.IsType<T>(ErrorOf(record));
        Assert.Equal(id, error.ErrorId);
        Assert.Equal(category, error.Category);
        Assert.NotEmpty(error.Message);
        if (record.Exception is ProcessToolsException)
        {
            // A command's error.
            Assert.StartsWith(id + ",ProcessTools.Commands.", record.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Equal(category, record.CategoryInfo.Category);
        }
        else
        {
            Assert.Equal(typeof(T).Name, record.FullyQualifiedErrorId);
        }
    }

    /// <summary>A name for a queue that no other test has.</summary>
    private protected static string NewName() => $"tests {Guid.NewGuid()}";
}
