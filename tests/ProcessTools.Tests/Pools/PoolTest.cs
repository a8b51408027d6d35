using System.Management.Automation;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Pools;

/// <summary>What the tests of pools have in common: a shared session with <c>$pool</c>, and pools of their own that end with the test.</summary>
public abstract class PoolTest : IClassFixture<PoolSession>, IDisposable
{
    private readonly PoolSession _session;
    private readonly List<IDisposable> _mine = [];

    private protected PoolTest(PoolSession session)
    {
        _session = session;
    }

    /// <summary>The session of this class.</summary>
    private protected ShellSession Shell => _session.Shell;

    /// <summary>The pool of this class.</summary>
    private protected ProcessPool Pool => _session.Pool;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (IDisposable item in _mine)
            {
                item.Dispose();
            }
        }
    }

    /// <summary>A pool for this test alone.</summary>
    private protected ProcessPool NewPool(string parameters, params object?[] arguments) =>
        Mine((ProcessPool)One($"param($a, $b) New-ProcessPool {parameters}", arguments)!);

    /// <summary>A queue for this test alone: what tells the test that an item runs, and an item that it may go on.</summary>
    private protected ProcessQueue NewQueue() => Mine((ProcessQueue)One("New-ProcessQueue")!);

    /// <summary>A folder for this test alone.</summary>
    private protected TempFolder NewFolder() => Mine(new TempFolder());

    /// <summary>Runs a script that writes one object.</summary>
    private protected object? One(string script, params object?[] arguments) => Assert.Single(Shell.Run(script, arguments))?.BaseObject;

    /// <summary>Runs a script and returns what it wrote, bare.</summary>
    private protected object?[] All(string script, params object?[] arguments) => Bare(Shell.Run(script, arguments));

    /// <summary>Runs a script whose only error is returned.</summary>
    private protected ErrorRecord ErrorOf(string script, params object?[] arguments) => Assert.Single(Shell.TryRun(script, arguments).Errors);

    private protected static object?[] Bare(IEnumerable<PSObject?> output) => [.. output.Select(Bare)];

    private protected static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>An error's identifier without the command's name.</summary>
    private protected static string IdOf(ErrorRecord? error) => error is null ? "no error" : error.FullyQualifiedErrorId.Split(',')[0];

    /// <summary>A note property of an error: <c>Item</c>, <c>ItemIndex</c> or <c>WorkerProcessId</c>.</summary>
    private protected static object? Note(ErrorRecord error, string name) => Bare(PSObject.AsPSObject(error).Properties[name]?.Value);

    /// <summary>The module's own error in an error record; that of a method may come wrapped.</summary>
    private protected static T Cause<T>(ErrorRecord error)
        where T : ProcessToolsException
    {
        for (Exception? exception = error.Exception; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        throw new Xunit.Sdk.XunitException($"Not a {typeof(T).Name}: {error.Exception}");
    }

    /// <summary>A script block of this session.</summary>
    private protected ScriptBlock Script(string text) => (ScriptBlock)One("param($text) [scriptblock]::Create($text)", text)!;

    /// <summary>Waits until a task runs.</summary>
    private protected static void AwaitRunning(ProcessFuture future) =>
        Until.True(() => future.State != ProcessTaskState.Pending, $"{future} runs", 60);

    /// <summary>Waits until a pool's workers are up and have compiled what tasks take, so that a time limit measures a task alone.</summary>
    private protected static void AwaitWarm(ProcessPool pool)
    {
        Until.True(() => pool.Workers.Count == pool.Size && pool.Workers.All(worker => worker.State == PoolWorkerState.Idle), "the workers are up", 60);
        ScriptBlock script = ScriptBlock.Create("Start-Sleep -Milliseconds 20; $_");
        pool.Map(script, Enumerable.Range(0, 4 * pool.Size), 1);
    }

    /// <summary>Waits until a process is gone.</summary>
    private protected static void AwaitGone(int id) => Until.True(() => !Processes.IsRunning(id), $"process {id} is gone", 30);

    private T Mine<T>(T item)
        where T : IDisposable
    {
        _mine.Add(item);
        return item;
    }
}
