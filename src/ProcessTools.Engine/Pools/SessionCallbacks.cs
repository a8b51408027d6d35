using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// Runs script blocks of a session in that session, on its pipeline's thread and never at the same time as its script: when the script waits in one of our methods or commands, and else
/// where PowerShell runs the actions of its events, between two statements and at the prompt. Thread-safe.
/// </summary>
internal sealed class SessionCallbacks
{
    // Runs in the session; a delegate is all that it needs to know of us.
    private const string ActionScript = "$Event.SourceArgs[0].Invoke()";
    private const string ErrorScript = "& { [CmdletBinding()] param($record) $PSCmdlet.WriteError($record) } $args[0]";

    private static readonly ConditionalWeakTable<Runspace, SessionCallbacks> s_sessions = [];

    [ThreadStatic]
    private static int s_running;

    private readonly ConcurrentQueue<(Pending Pending, Action Callback)> _queue = new();
    private readonly WeakReference<Runspace> _session;
    private readonly string _event = $"ProcessTools.Callback.{Guid.NewGuid():N}";
    private bool _isSubscribed;

    private SessionCallbacks(Runspace session)
    {
        _session = new WeakReference<Runspace>(session);
    }

    /// <summary>A callback that will be posted, from when it is asked for until it has run.</summary>
    internal sealed class Pending(WorkerPool? pool)
    {
        /// <summary>The pool that is not finished before it has run, or null.</summary>
        public WorkerPool? Pool { get; } = pool;
    }

    /// <summary>Those of the session that this thread runs script of.</summary>
    /// <exception cref="InvalidOperationException">This thread runs no script.</exception>
    public static SessionCallbacks OfThisThread()
    {
        Runspace session = Runspace.DefaultRunspace ?? throw new InvalidOperationException("A script block can be given only from a thread that runs script. From .NET, use OnCompleted or Task.");
        SessionCallbacks callbacks = s_sessions.GetValue(session, static key => new SessionCallbacks(key));
        callbacks.Subscribe(session);
        return callbacks;
    }

    /// <summary>Runs what is posted for this thread's session.</summary>
    public static void RunPending()
    {
        if (Runspace.DefaultRunspace is { } session && s_sessions.TryGetValue(session, out SessionCallbacks? callbacks))
        {
            callbacks.RunQueue();
        }
    }

    /// <summary>Says that a callback will be posted.</summary>
    public static Pending Expect(WorkerPool? pool)
    {
        pool?.ExpectCallback();
        return new Pending(pool);
    }

    /// <summary>Has a callback run in the session.</summary>
    public void Post(Pending pending, Action callback)
    {
        _queue.Enqueue((pending, callback));
        pending.Pool?.WakeWaiters();
        if (_session.TryGetTarget(out Runspace? session) && session.RunspaceStateInfo.State == RunspaceState.Opened)
        {
            try
            {
                session.Events.GenerateEvent(_event, this, [(Action)RunQueue], null);
            }
            catch (Exception exception) when (exception is InvalidOperationException or NullReferenceException)
            {
                // The session is closing; nobody is left who would see what the callback does.
            }
        }
        else
        {
            Drop();
        }
    }

    /// <summary>Says that a callback will never be posted.</summary>
    public static void Forget(Pending pending) => pending.Pool?.EndCallback();

    private void RunQueue()
    {
        // A callback may itself wait, and then others run inside it; a limit keeps a chain of them from filling the stack.
        if (s_running >= 8)
        {
            return;
        }

        s_running++;
        try
        {
            while (_queue.TryDequeue(out (Pending Pending, Action Callback) next))
            {
                try
                {
                    next.Callback();
                }
                catch (RuntimeException exception) when (exception is not PipelineStoppedException)
                {
                    Report(exception.ErrorRecord);
                }
                finally
                {
                    next.Pending.Pool?.EndCallback();
                }
            }
        }
        finally
        {
            s_running--;
        }
    }

    private static void Report(ErrorRecord error)
    {
        try
        {
            ScriptBlock.Create(ErrorScript).InvokeReturnAsIs(error);
        }
        catch (RuntimeException)
        {
            // $ErrorActionPreference is Stop: the callback's error would end a script that has nothing to do with it. It is in $Error.
        }
    }

    private void Subscribe(Runspace session)
    {
        lock (_queue)
        {
            if (!_isSubscribed)
            {
                _isSubscribed = true;
                session.Events.SubscribeEvent(null, null, _event, null, ScriptBlock.Create(ActionScript), supportEvent: true, forwardEvent: false);
            }
        }
    }

    private void Drop()
    {
        while (_queue.TryDequeue(out (Pending Pending, Action Callback) next))
        {
            next.Pending.Pool?.EndCallback();
        }
    }
}
