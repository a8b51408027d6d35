using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// What processes share: dictionaries, lists, namespaces, values, arrays, locks, events and queues, each by a name (Python's <c>Manager</c>). Got by <c>Get-SharedState</c>. Each method returns the object of the name, and makes it
/// when there is none; a name left out makes an object with a name of its own. Names are the same in upper and lower case, and each stands for one object of one kind.
/// It may be an argument of a worker, a <c>$using:</c> value, or a message. All members may be called from any thread.
/// </summary>
public abstract class SharedState : IDisposable
{
    private protected SharedState()
    {
    }

    /// <summary>The name by which any process of this user gets it; null for a session's own.</summary>
    public abstract string? Name { get; }

    /// <summary>Tells this state from all others of this machine; the same in every process.</summary>
    public abstract string Id { get; }

    /// <summary>The process that keeps it: the session, or the host of a named state.</summary>
    public abstract int ProcessId { get; }

    /// <summary>True while this process can use it.</summary>
    public abstract bool IsOpen { get; }

    /// <summary>What the state has.</summary>
    public abstract SharedObjectInfo[] Objects { get; }

    /// <summary>The state's plain values: the dictionary of the name <c>Items</c>. A drive of the state shows them as its items.</summary>
    public abstract SharedDictionary Items { get; }

    /// <summary>A dictionary.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="caseSensitive">Whether keys that are texts differ in upper and lower case.</param>
    /// <exception cref="SharedObjectMismatchException">The name stands for something else.</exception>
    public abstract SharedDictionary Dictionary(string? name = null, bool caseSensitive = false);

    /// <summary>A list.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <exception cref="SharedObjectMismatchException">The name stands for something else.</exception>
    public abstract SharedList List(string? name = null);

    /// <summary>A namespace.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <exception cref="SharedObjectMismatchException">The name stands for something else.</exception>
    public abstract SharedNamespace Namespace(string? name = null);

    /// <summary>A value that exists.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="SharedObjectNotFoundException">There is none.</exception>
    public abstract SharedValue Value(string name);

    /// <summary>A value.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="initial">What it is when it is made; its type is the value's.</param>
    /// <exception cref="SharedObjectMismatchException">The name stands for something else, or for a value of another type.</exception>
    /// <exception cref="ArgumentException">The type is none that a value can have.</exception>
    public abstract SharedValue Value(string? name, object initial);

    /// <summary>An array that exists.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="SharedObjectNotFoundException">There is none.</exception>
    public abstract SharedArray Array(string name);

    /// <summary>An array of zeros.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="elementType">The type of its elements.</param>
    /// <param name="count">Their number.</param>
    /// <exception cref="SharedObjectMismatchException">The name stands for something else, or for another array.</exception>
    /// <exception cref="ArgumentException">The type is none that elements can have.</exception>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public abstract SharedArray Array(string? name, Type elementType, int count);

    /// <summary>An array with elements.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="initial">Its elements when it is made. An object[] of numbers becomes an array of the type of its first.</param>
    /// <exception cref="SharedObjectMismatchException">The name stands for something else, or for another array.</exception>
    /// <exception cref="ArgumentException">The type is none that elements can have.</exception>
    /// <exception cref="SharedMemoryFullException">There is no room for it.</exception>
    public abstract SharedArray Array(string? name, Array initial);

    /// <summary>A lock.</summary>
    /// <param name="name">Its name, or null.</param>
    public abstract SharedLock Lock(string? name = null);

    /// <summary>A re-entrant lock.</summary>
    /// <param name="name">Its name, or null.</param>
    public abstract SharedRLock RLock(string? name = null);

    /// <summary>A semaphore.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="initial">How many permits it has when it is made; left out, 1, or whatever the one that exists has.</param>
    public abstract SharedSemaphore Semaphore(string? name = null, int? initial = null);

    /// <summary>A bounded semaphore.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="initial">How many permits it has at most; left out, 1, or whatever the one that exists has.</param>
    public abstract SharedBoundedSemaphore BoundedSemaphore(string? name = null, int? initial = null);

    /// <summary>An event.</summary>
    /// <param name="name">Its name, or null.</param>
    public abstract SharedEvent Event(string? name = null);

    /// <summary>A condition.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="sharedLock">The lock that it works with, a <see cref="SharedLock"/> or <see cref="SharedRLock"/> of this state; left out, an RLock of its own.</param>
    public abstract SharedCondition Condition(string? name = null, SharedLockable? sharedLock = null);

    /// <summary>A barrier that exists.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="SharedObjectNotFoundException">There is none.</exception>
    public abstract SharedBarrier Barrier(string name);

    /// <summary>A barrier.</summary>
    /// <param name="name">Its name, or null.</param>
    /// <param name="parties">How many it takes.</param>
    /// <param name="action">Run by the last that comes, before the others go on, when that is this process (Python's <c>action</c>); each process gives its own.</param>
    public abstract SharedBarrier Barrier(string? name, int parties, ScriptBlock? action = null);

    /// <summary>A queue that lives as long as the state.</summary>
    /// <param name="name">Its name in this state, or null.</param>
    /// <param name="capacity">The most items, or null for no limit, or for whatever the one that exists has.</param>
    public abstract ProcessQueue Queue(string? name = null, long? capacity = null);

    /// <summary>The object of a name, whatever it is, or null.</summary>
    public abstract object? Find(string name);

    /// <summary>What the state has.</summary>
    public abstract SharedObjectInfo[] GetObjects();

    /// <summary>Takes an object out of the state. Those who use it get <see cref="SharedObjectRemovedException"/>, or, with what lives in shared memory, go on with what they hold.</summary>
    /// <returns>False when there is none of this name.</returns>
    public abstract bool Remove(string name);

    /// <summary>
    /// Runs a script block whose changes of dictionaries, lists and namespaces of this state are seen by others all at once, or not at all: when it throws, or its process dies, all is as before. Other users of these wait until it
    /// is done.
    /// </summary>
    /// <param name="script">The script block.</param>
    /// <returns>What it writes: one object, an array, or PowerShell's "nothing" (AutomationNull), which leaves no trace in a pipeline and is null in a variable.</returns>
    public object? Transaction(ScriptBlock script) => TransactionCore(script, Timeout.InfiniteTimeSpan);

    /// <summary>Runs a script block as one transaction; waits for its turn no longer than the time given.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="timeoutSeconds">How long to wait at most, in seconds.</param>
    /// <returns>What it writes: one object, an array, or PowerShell's "nothing" (AutomationNull), which leaves no trace in a pipeline and is null in a variable.</returns>
    /// <exception cref="SharedStateBusyException">Another transaction took longer.</exception>
    public object? Transaction(ScriptBlock script, double timeoutSeconds) => TransactionCore(script, WaitTime.FromSeconds(timeoutSeconds, nameof(timeoutSeconds)));

    /// <summary>Runs a script block as one transaction; waits for its turn no longer than the time given.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <returns>What it writes: one object, an array, or PowerShell's "nothing" (AutomationNull), which leaves no trace in a pipeline and is null in a variable.</returns>
    /// <exception cref="SharedStateBusyException">Another transaction took longer.</exception>
    public object? Transaction(ScriptBlock script, TimeSpan timeout) => TransactionCore(script, WaitTime.Checked(timeout, nameof(timeout)));

    /// <summary>Lets go of the state in this process, which cannot use it any more; other processes can. A session's own state ends with the session only.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The name, or the process of a session's own.</summary>
    public override string ToString() => Name ?? $"session {ProcessId}";

    /// <summary>Frees what the state holds.</summary>
    /// <param name="disposing">False when called by the finalizer.</param>
    protected abstract void Dispose(bool disposing);

    private protected abstract object? TransactionCore(ScriptBlock script, TimeSpan timeout);
}
