using System.Management.Automation;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>What the tests of locks and the like have in common: objects in shared memory without a state around them, and other processes that use them.</summary>
public abstract class SyncTest : IDisposable
{
    /// <summary>Longer than anything takes that works.</summary>
    protected static readonly TimeSpan Ample = TimeSpan.FromSeconds(20);

    private readonly List<(SyncSegment Segment, SharedObjectKind Kind)> _segments = [];
    private readonly List<PeerProcess> _peers = [];

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _peers.ForEach(static peer => peer.Dispose());
            foreach ((SyncSegment segment, _) in _segments)
            {
                segment.Unlink();
                segment.Dispose();
            }
        }
    }

    /// <summary>Makes an object.</summary>
    protected T Make<T>(SharedObjectKind kind, int count = 0, SharedLockable? conditionLock = null, ScriptBlock? action = null)
        where T : SharedObject
    {
        _segments.Add((SyncObjects.Create(new SyncOptions { Kind = kind, Count = count, LockName = conditionLock?.Name }), kind));
        return OpenAgain<T>(conditionLock, action);
    }

    /// <summary>Uses the object that was made last once more, as another process does.</summary>
    protected T OpenAgain<T>(SharedLockable? conditionLock = null, ScriptBlock? action = null)
        where T : SharedObject =>
        (T)SyncObjects.Open(null!, "it", SyncSegment.Open(Address, _segments[^1].Kind), conditionLock, action);

    /// <summary>What another process opens the object by that was made last.</summary>
    protected string Address => _segments[^1].Segment.Address;

    /// <summary>Starts a process that does steps with the object that was made last (see SyncRoles).</summary>
    private protected PeerProcess StartPeer(string plan, params string[] steps)
    {
        PeerProcess peer = new(["sync", Address, _segments[^1].Kind.ToString(), plan, .. steps]);
        _peers.Add(peer);
        peer.AwaitReady();
        return peer;
    }

    /// <summary>Starts a process, and waits until it has done its steps, each of which ends as expected.</summary>
    private protected PeerProcess StartPeer(params (string Step, string Result)[] steps)
    {
        PeerProcess peer = StartPeer("-", [.. steps.Select(static step => step.Step), "stay"]);
        foreach ((string step, string result) in steps)
        {
            Assert.Equal($"{step} {result}", peer.ReadLine());
        }

        return peer;
    }

    /// <summary>Waits until a process is killed by its plan.</summary>
    private protected static void AwaitDeath(PeerProcess peer) => Until.True(() => !Processes.IsRunning(peer.Id), "the process is killed");
}
