using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.State;

/// <summary>Clients of a hub that come and go, or die.</summary>
internal sealed unsafe partial class StateHub
{
    private LaneCaller? Welcome(int place)
    {
        long owner = _segment.OwnerOf(place);
        if (owner == 0 || !_segment.HasPath(place))
        {
            return null;
        }

        StateLane? lane = null;
        try
        {
            lane = StateLane.Open(_segment.PathOf(place));
            lane.Unlink();
            Watch(owner);
            HasBeenUsed = true;
            return _callers[place] = new LaneCaller(lane, owner);
        }
#pragma warning disable CA1031 // Whatever it is, it is this client's trouble alone; it looks whether it still has its place.
        catch (Exception)
#pragma warning restore CA1031
        {
            lane?.Dispose();
            _segment.FreePlace(place);
            return null;
        }
    }

    private void Watch(long owner)
    {
        if (_processes.TryGetValue(owner, out (IDisposable Watch, int Lanes) known))
        {
            _processes[owner] = (known.Watch, known.Lanes + 1);
            return;
        }

        IDisposable watch = ProcessWord.Find(owner) is { } process
            ? ProcessWatcher.Watch(process, () => Report(owner))
            : ReportEnded(owner);
        _processes[owner] = (watch, 1);
    }

    private MemoryStream ReportEnded(long owner)
    {
        _dead.Enqueue(owner);
        return new MemoryStream();
    }

    private void Report(long owner)
    {
        _dead.Enqueue(owner);
        bool entered = false;
        try
        {
            _segment.AddReference(ref entered);
            _segment.Spot.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The hub has ended.
        }
        finally
        {
            _segment.Release(entered);
        }
    }

    private void Dismiss(int place)
    {
        lock (Store.Gate)
        {
            Forget(place);
        }
    }

    /// <summary>Forgets a client. Under the gate.</summary>
    private void Forget(int place)
    {
        if (_callers[place] is not { } caller)
        {
            return;
        }

        _callers[place] = null;
        _turns.Forget(place);
        Store.Leave(caller);
        caller.Dispose();
        _segment.FreePlace(place);
        if (_processes.TryGetValue(caller.Process, out (IDisposable Watch, int Lanes) known))
        {
            if (known.Lanes > 1)
            {
                _processes[caller.Process] = (known.Watch, known.Lanes - 1);
            }
            else
            {
                known.Watch.Dispose();
                _processes.Remove(caller.Process);
            }
        }
    }

    private void DeleteLane(int place)
    {
        try
        {
            if (_segment.PathOf(place) is { Length: > 0 } path && path.EndsWith(RuntimeFolder.Extension, StringComparison.Ordinal))
            {
                Memory.Segment.DeleteIfUnheld(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The sweeper deletes it.
        }
    }
}
