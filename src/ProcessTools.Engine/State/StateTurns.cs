using System.Diagnostics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>
/// Who of a hub's clients may spin (see <see cref="HubSegment"/>). One that has no turn sleeps until its response is there and it gets a turn, so that it does not wake up for one request only; one that asks now and then
/// is woken at once. Under the hub's thread alone.
/// </summary>
/// <remarks>
/// A turn is passed on in two steps: it is taken from its owner, who then sleeps with its next request, and given to the next when the owner sleeps. Both at once would have the next one wake up while the owner still runs: the
/// system then puts it on the hub's processor, where the two take turns by yielding, at a third of the rate, until the system's scheduler moves one of them.
/// </remarks>
internal sealed class StateTurns(HubSegment segment)
{
    private const int QuantumMicroseconds = 5000;
    private const int IdleMicroseconds = 50;

    // From the wake-up of who has a new turn to its next request.
    private const int AwakeMicroseconds = 2000;
    private const int SeldomMicroseconds = 20000;

    // From a response to the sleep of who has just lost its turn, or to its next request.
    private const int LeaveMicroseconds = 8;

    // To yield is a call of the system, during which a request is not seen.
    private const int LooksPerYield = 32;

    private static readonly long s_quantum = Ticks(QuantumMicroseconds);
    private static readonly long s_idle = Ticks(IdleMicroseconds);
    private static readonly long s_awake = Ticks(AwakeMicroseconds);
    private static readonly long s_seldom = Ticks(SeldomMicroseconds);
    private static readonly long s_leave = Ticks(LeaveMicroseconds);

    private readonly Queue<(LaneCaller Caller, int Place)> _waiting = new();
    private readonly long[] _since = new long[segment.Turns];
    private int _next;
    private bool _isAwaited;
    private bool _isLeaving;

    /// <summary>True while a client sleeps whose response is there.</summary>
    public bool IsAnybodyWaiting => _waiting.Count > 0;

    /// <summary>A client has its response: wakes it, or lets it wait for a turn.</summary>
    public void Served(LaneCaller caller, int place)
    {
        if (segment.HasTurn(place))
        {
            _isAwaited = false;
            caller.Wake();
            return;
        }

        long now = Stopwatch.GetTimestamp();
        bool isSeldom = now - caller.LastServed > s_seldom;
        caller.LastServed = now;
        if (isSeldom)
        {
            caller.Wake();
        }
        else if (!caller.IsQueued)
        {
            caller.IsQueued = true;
            _waiting.Enqueue((caller, place));
        }
    }

    /// <summary>Takes a turn from its owner when it has had it for long enough; <see cref="PassOn"/> gives it to another when the owner has come to rest.</summary>
    public void TakeWhenDue()
    {
        if (!_isLeaving && Stopwatch.GetTimestamp() - _since[_next] >= s_quantum)
        {
            segment.SuspendTurn(_next);
            _isLeaving = true;
        }
    }

    /// <summary>Passes a turn on: whoever has waited longest gets the one that was given out first.</summary>
    public void PassOn()
    {
        _isLeaving = false;
        if (_waiting.TryDequeue(out (LaneCaller Caller, int Place) next))
        {
            next.Caller.IsQueued = false;
            segment.GiveTurn(_next, next.Place);
            _since[_next] = Stopwatch.GetTimestamp();
            _next = (_next + 1) % _since.Length;
            next.Caller.LastServed = Stopwatch.GetTimestamp();
            _isAwaited = true;
            next.Caller.Wake();
        }
    }

    /// <summary>Spins until somebody asks, for as long as one that has a turn takes between two requests.</summary>
    /// <returns>False when nobody did.</returns>
    public bool Spin<TCondition>(in TCondition condition)
        where TCondition : struct, ICondition
    {
        long end = Stopwatch.GetTimestamp() + (_isLeaving ? s_leave : _isAwaited ? s_awake : s_idle);
        do
        {
            for (int look = 0; look < LooksPerYield; look++)
            {
                if (condition.IsMet)
                {
                    return true;
                }

                Thread.SpinWait(1);
            }

            Thread.Yield();
        }
        while (Stopwatch.GetTimestamp() < end);
        return condition.IsMet;
    }

    /// <summary>Forgets a client that is gone.</summary>
    public void Forget(int place)
    {
        segment.TakeTurns(place);
        for (int count = _waiting.Count; count > 0; count--)
        {
            (LaneCaller Caller, int Place) item = _waiting.Dequeue();
            if (item.Place != place)
            {
                _waiting.Enqueue(item);
            }
        }
    }

    private static long Ticks(long microseconds) => Stopwatch.Frequency * microseconds / 1_000_000;
}
