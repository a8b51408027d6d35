using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>The two script blocks that a method takes for when its task has ended: one for a result, one for an error.</summary>
internal sealed class CallbackPair
{
    private readonly SessionCallbacks _session;
    private readonly SessionCallbacks.Pending _pending;
    private readonly ScriptBlock? _callback;
    private readonly ScriptBlock? _errorCallback;

    private CallbackPair(WorkerPool pool, ScriptBlock? callback, ScriptBlock? errorCallback)
    {
        _session = SessionCallbacks.OfThisThread();
        _pending = SessionCallbacks.Expect(pool);
        _callback = callback;
        _errorCallback = errorCallback;
    }

    /// <summary>Makes one, or null when there is no callback.</summary>
    public static CallbackPair? For(WorkerPool pool, ScriptBlock? callback, ScriptBlock? errorCallback) =>
        callback is null && errorCallback is null ? null : new CallbackPair(pool, callback, errorCallback);

    /// <summary>Has them run when a future ends.</summary>
    public void Attach(TaskFuture future) => future.OnCompleted(_ =>
    {
        if (future.State == ProcessTaskState.Completed)
        {
            Post(_callback, future.ResultValue);
        }
        else
        {
            Post(_errorCallback, future.Error);
        }
    });

    /// <summary>There will be no future.</summary>
    public void Forget() => SessionCallbacks.Forget(_pending);

    private void Post(ScriptBlock? script, object? value)
    {
        if (script is null)
        {
            SessionCallbacks.Forget(_pending);
        }
        else
        {
            _session.Post(_pending, () => script.InvokeWithContext(null, [new PSVariable("_", value)], [value]));
        }
    }
}
