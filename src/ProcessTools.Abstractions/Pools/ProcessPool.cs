using System.Collections;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A pool of worker processes: Python's <c>Pool</c> and <c>ProcessPoolExecutor</c>. Made by <c>New-ProcessPool</c>. Every task ends in exactly one of: result,
/// error, time limit, cancelled, crashed; a worker that dies takes only the task in its hand along and is replaced. All members may be called from any thread;
/// Ctrl+C ends every wait.
/// </summary>
/// <remarks>
/// In the methods that wait, the error of a task is thrown as a <see cref="ProcessTaskException"/>, which PowerShell's <c>catch</c> matches by the type of the task's own
/// exception.
/// </remarks>
public abstract class ProcessPool : IDisposable
{
    private protected ProcessPool()
    {
    }

    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>Its number in this session.</summary>
    public abstract int Id { get; }

    /// <summary>How many workers it may have.</summary>
    public abstract int Size { get; }

    /// <summary>What it still does.</summary>
    public abstract PoolState State { get; }

    /// <summary>What it has done and where its time went, at this instant.</summary>
    public abstract PoolStatistics Statistics { get; }

    /// <summary>Its workers at this instant.</summary>
    public abstract IReadOnlyList<PoolWorkerInfo> Workers { get; }

    /// <summary>Gives the pool a task: a script block and its arguments. Returns at once.</summary>
    /// <param name="script">The script block; <c>$using:</c> works in it, and functions and classes that it uses travel along.</param>
    /// <param name="arguments">Its arguments; the first is also <c>$_</c>.</param>
    /// <returns>The task's future.</returns>
    /// <exception cref="PoolClosedException">The pool takes no more tasks.</exception>
    /// <exception cref="NotSerializableException">An argument cannot travel.</exception>
    public abstract ProcessFuture Submit(ScriptBlock script, params object?[] arguments);

    /// <summary>Gives the pool a task whose arguments have names.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="parameters">Its arguments by name.</param>
    /// <returns>The task's future.</returns>
    /// <exception cref="PoolClosedException">The pool takes no more tasks.</exception>
    /// <exception cref="NotSerializableException">An argument cannot travel.</exception>
    public abstract ProcessFuture SubmitNamed(ScriptBlock script, IDictionary parameters);

    /// <summary>Runs a script block in a worker and waits for it.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="arguments">Its arguments by position.</param>
    /// <param name="parameters">Its arguments by name.</param>
    /// <returns>What it wrote: null for nothing, one object, or an array of several.</returns>
    /// <exception cref="ProcessTaskException">It ended without a result.</exception>
    public abstract object? Apply(ScriptBlock script, object?[]? arguments = null, IDictionary? parameters = null);

    /// <summary>Runs a script block in a worker and returns at once.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="arguments">Its arguments by position.</param>
    /// <param name="callback">Runs in the calling session with what the script block wrote; not after an error.</param>
    /// <param name="errorCallback">Runs in the calling session with the error record; not after a result.</param>
    /// <returns>The task's future.</returns>
    public abstract ProcessFuture ApplyAsync(ScriptBlock script, object?[]? arguments = null, ScriptBlock? callback = null, ScriptBlock? errorCallback = null);

    /// <summary>Runs a script block on each item and waits for all.</summary>
    /// <param name="script">The script block; the item is <c>$_</c> and its first argument.</param>
    /// <param name="items">The items; a single object is one.</param>
    /// <param name="chunkSize">How many items go to a worker in one go; 0 to let the pool decide by how long they take.</param>
    /// <returns>For each item, in order, what it wrote: null for nothing, one object, or an array of several.</returns>
    /// <exception cref="ProcessTaskException">An item ended without a result: the first one that did, once all have ended.</exception>
    public abstract object?[] Map(ScriptBlock script, object? items, int chunkSize = 0);

    /// <summary>Runs a script block on each item and returns at once.</summary>
    /// <param name="script">The script block; the item is <c>$_</c> and its first argument.</param>
    /// <param name="items">The items, read at once.</param>
    /// <param name="callback">Runs in the calling session with the array of all results; not when an item failed.</param>
    /// <param name="errorCallback">Runs in the calling session with the error record of the first item that failed.</param>
    /// <param name="chunkSize">How many items go to a worker in one go; 0 to let the pool decide.</param>
    /// <returns>A future of the array of results.</returns>
    public abstract ProcessFuture MapAsync(ScriptBlock script, object? items, ScriptBlock? callback = null, ScriptBlock? errorCallback = null, int chunkSize = 0);

    /// <summary>As <see cref="Map"/>, where each item is a list of arguments, or a dictionary of named ones.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="items">The lists of arguments.</param>
    /// <param name="chunkSize">How many items go to a worker in one go; 0 to let the pool decide.</param>
    /// <returns>For each item, in order, what it wrote.</returns>
    /// <exception cref="ProcessTaskException">An item ended without a result.</exception>
    public abstract object?[] StarMap(ScriptBlock script, object? items, int chunkSize = 0);

    /// <summary>As <see cref="MapAsync"/>, where each item is a list of arguments, or a dictionary of named ones.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="items">The lists of arguments, read at once.</param>
    /// <param name="callback">Runs in the calling session with the array of all results.</param>
    /// <param name="errorCallback">Runs in the calling session with the error record of the first item that failed.</param>
    /// <param name="chunkSize">How many items go to a worker in one go; 0 to let the pool decide.</param>
    /// <returns>A future of the array of results.</returns>
    public abstract ProcessFuture StarMapAsync(ScriptBlock script, object? items, ScriptBlock? callback = null, ScriptBlock? errorCallback = null, int chunkSize = 0);

    /// <summary>Runs a script block on items that are read as they are wanted, and gives the results in order as they come.</summary>
    /// <param name="script">The script block; the item is <c>$_</c> and its first argument.</param>
    /// <param name="items">The items; read a little ahead only.</param>
    /// <param name="chunkSize">How many items go to a worker in one go; 0 to let the pool decide.</param>
    /// <returns>For each item what it wrote. An item's error is thrown where its result would be, and the next item follows.</returns>
    public abstract IEnumerable<object?> IMap(ScriptBlock script, object? items, int chunkSize = 0);

    /// <summary>As <see cref="IMap"/>, with the results in the order in which they come.</summary>
    /// <param name="script">The script block; the item is <c>$_</c> and its first argument.</param>
    /// <param name="items">The items; read a little ahead only.</param>
    /// <param name="chunkSize">How many items go to a worker in one go; 0 to let the pool decide.</param>
    /// <returns>What the items wrote.</returns>
    public abstract IEnumerable<object?> IMapUnordered(ScriptBlock script, object? items, int chunkSize = 0);

    /// <summary>Takes no more tasks; those that it has are finished, and then its workers end.</summary>
    public abstract void Close();

    /// <summary>Waits until a closed pool has finished everything: its tasks, their callbacks, and its workers.</summary>
    /// <exception cref="PoolStillOpenException">It was not closed before.</exception>
    public void Join() => Join(Timeout.InfiniteTimeSpan);

    /// <summary>Waits until a closed pool has finished everything, no longer than the time given.</summary>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="PoolStillOpenException">It was not closed before.</exception>
    public bool Join(double timeoutSeconds) => Join(WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Waits until a closed pool has finished everything, no longer than the time given.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>False when the time was over first.</returns>
    /// <exception cref="PoolStillOpenException">It was not closed before.</exception>
    public bool Join(TimeSpan timeout) => JoinCore(WaitTime.Checked(timeout, nameof(timeout)));

    /// <summary>Ends everything at once: its workers are killed, and what was not finished is cancelled.</summary>
    public abstract void Terminate();

    /// <summary>Changes how many workers it may have. New ones start when there is work for them; surplus ones end after the task that they are at.</summary>
    /// <param name="size">How many.</param>
    public abstract void Resize(int size);

    /// <summary>The same as <see cref="Terminate"/>.</summary>
    public void Dispose()
    {
        Terminate();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override string ToString() => $"pool '{Name}'";

    /// <summary>Waits for the end.</summary>
    private protected abstract bool JoinCore(TimeSpan timeout);
}
