using System.Collections.Concurrent;
using System.Numerics;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>
/// Serves a state's store to other processes: one thread that takes their requests from their lanes, and sleeps while there are none. It never waits for a client: what a client does not read stays where it is, and a client that dies is forgotten.
/// </summary>
internal sealed unsafe partial class StateHub : IDisposable
{
    // How often the numbers for others are written down, and clients that died before they could be watched are looked for.
    private static readonly TimeSpan s_housekeeping = TimeSpan.FromSeconds(1);

    // With so few objects their size is written down whenever the hub comes to rest.
    private const int MostCounted = 16;

    // How late a wait ends at most, and a dead client is forgotten, while others keep the hub busy.
    private const int MostMillisecondsWithoutLook = 20;

    private readonly HubSegment _segment;
    private readonly LaneCaller?[] _callers = new LaneCaller?[HubSegment.Lanes];
    private readonly ConcurrentQueue<long> _dead = new();
    private readonly Dictionary<long, (IDisposable Watch, int Lanes)> _processes = [];
    private readonly Thread _thread;
    private readonly StateTurns _turns;
    private SpinPolicy _spin = new() { Yields = true };
    private volatile bool _isStopping;
    private long _lastHousekeeping = Environment.TickCount64;
    private long _lastLook;
    private BusyNeighbour _neighbour;

    private StateHub(HubSegment segment)
    {
        _segment = segment;
        _turns = new StateTurns(segment);
        _thread = new Thread(Run) { IsBackground = true, Name = "ProcessTools shared state" };
    }

    /// <summary>What it serves.</summary>
    public StateStore Store { get; } = new();

    /// <summary>How clients find it.</summary>
    public HubSegment Segment => _segment;

    /// <summary>What clients open it by.</summary>
    public string Address => _segment.Address;

    /// <summary>Called by the hub's thread when a client has asked it to end; null for a hub that does not.</summary>
    public Action? Ended { get; set; }

    /// <summary>True once any client has come.</summary>
    public bool HasBeenUsed { get; private set; }

    /// <summary>Called now and then by the hub's thread, with how many lanes there are; null for nothing.</summary>
    public Action<int>? Housekeeping { get; init; }

    /// <summary>Begins to serve.</summary>
    /// <param name="housekeeping">Called once a second or so by the hub's thread.</param>
    /// <exception cref="SharedMemoryFullException">There is no room for the segment.</exception>
    public static StateHub Start(Action<int>? housekeeping = null)
    {
        StateHub hub = new(HubSegment.Create()) { Housekeeping = housekeeping };
        hub._thread.Start();
        return hub;
    }

    /// <summary>Clients find it over; their calls that wait end.</summary>
    public void Dispose()
    {
        lock (_dead)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
        }

        _segment.MarkOver();
        _segment.Spot.Wake();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        try
        {
            while (!_isStopping)
            {
                if (!ServeReady())
                {
                    Rest();
                }
                else if (_turns.IsAnybodyWaiting)
                {
                    _turns.TakeWhenDue();
                }

                if (Environment.TickCount64 - _lastLook >= MostMillisecondsWithoutLook)
                {
                    // Clients that leave it no rest do not keep it from what has its time.
                    LookAround();
                }
            }
        }
        finally
        {
            lock (Store.Gate)
            {
                for (int i = 0; i < _callers.Length; i++)
                {
                    Forget(i);
                }
            }

            Store.Dispose();
            _segment.Unlink();
        }
    }

    /// <summary>Serves the lanes that have rung.</summary>
    /// <returns>False when none had.</returns>
    private bool ServeReady()
    {
        bool any = false;
        for (int word = 0; word < HubSegment.BitWords; word++)
        {
            if (Volatile.Read(ref _segment.Bits[word]) == 0)
            {
                continue;
            }

            ulong bits = (ulong)Interlocked.Exchange(ref _segment.Bits[word], 0);
            while (bits != 0)
            {
                int bit = BitOperations.TrailingZeroCount(bits);
                bits &= bits - 1;
                any = true;
                Serve((word * 64) + bit);
            }
        }

        return any;
    }

    private void Serve(int place)
    {
        LaneCaller? caller = _callers[place] ?? Welcome(place);
        if (caller is null || _segment.IsOver)
        {
            // Nobody changes a state that was removed, though this thread has not ended yet: those who ask look whether it is over.
            return;
        }

        try
        {
            if (caller.Lane.IsClosed || caller.IsRefused)
            {
                Dismiss(place);
                return;
            }

            while (true)
            {
                bool isWhole = caller.Gather(out ReadOnlyMemory<byte> request);
                lock (Store.Gate)
                {
                    if (!isWhole)
                    {
                        if (caller.Pump())
                        {
                            caller.Wake();
                        }

                        return;
                    }

                    if (Execute(request, caller.Call))
                    {
                        caller.CompleteQuietly();
                    }

                    if (Store.IsEndWanted)
                    {
                        _segment.MarkOver(isRemoved: true);
                        Ended?.Invoke();
                    }
                }

                caller.Shrink();
                _turns.Served(caller, place);
                _neighbour.Served(caller.Lane.Processor);
            }
        }
#pragma warning disable CA1031 // Last catch of the hub's thread: the others keep their state.
        catch (Exception)
#pragma warning restore CA1031
        {
            // What cannot be understood, or done, ends this client's lane, and touches nobody else.
            Dismiss(place);
        }
    }

    private bool Execute(ReadOnlyMemory<byte> request, StateCall call)
    {
        try
        {
            return Store.Execute(request, call);
        }
        catch (NotSerializableException)
        {
            // Only what reads many entries writes so much.
            call.Response.Clear();
            call.Response.WriteStatus(StateStatus.TooLarge);
            return true;
        }
    }

    /// <summary>Forgets clients that died, ends waits whose time is over, and keeps house.</summary>
    /// <returns>How long it is until the next wait ends.</returns>
    private TimeSpan LookAround()
    {
        _lastLook = Environment.TickCount64;
        while (_dead.TryDequeue(out long dead))
        {
            for (int i = 0; i < _callers.Length; i++)
            {
                if (_callers[i]?.Process == dead)
                {
                    Dismiss(i);
                }
            }
        }

        if (_lastLook - _lastHousekeeping >= s_housekeeping.TotalMilliseconds)
        {
            KeepHouse();
        }

        lock (Store.Gate)
        {
            return Store.HasDeadlines ? Store.Expire() : TimeSpan.MaxValue;
        }
    }

    private void Rest()
    {
        if (_turns.IsAnybodyWaiting)
        {
            // Those who have the turns ask nothing.
            if (!_turns.Spin(new IsRung(_segment.Bits)))
            {
                _turns.PassOn();
            }

            return;
        }

        if (_spin.Spin(new IsRung(_segment.Bits)))
        {
            return;
        }

        // First say that we wait, then look (see ParkingSpot); calls of this process that begin to wait wake us likewise.
        int ticket = _segment.Spot.Announce();
        WriteDown();
        TimeSpan next = LookAround();
        TimeSpan left = s_housekeeping - TimeSpan.FromMilliseconds(_lastLook - _lastHousekeeping);
        if (!_isStopping && _dead.IsEmpty && !new IsRung(_segment.Bits).IsMet)
        {
            _segment.Spot.Park(ticket, next < left ? next : left);
        }
    }

    /// <summary>Writes down for others how much there is; of many objects the size once a second only.</summary>
    private void WriteDown()
    {
        lock (Store.Gate)
        {
            _segment.Objects = Store.Count;
            if (Store.Count <= MostCounted)
            {
                _segment.Bytes = Store.Bytes;
            }
        }
    }

    private void KeepHouse()
    {
        _lastHousekeeping = Environment.TickCount64;
        lock (Store.Gate)
        {
            _segment.Bytes = Store.Bytes;
        }

        int lanes = 0;
        for (int i = 0; i < _callers.Length; i++)
        {
            long owner = _segment.OwnerOf(i);
            if (_callers[i] is not null)
            {
                lanes++;
            }
            else if (owner != 0 && !ProcessWord.IsAlive(owner))
            {
                // It died after it took the place and before it rang.
                DeleteLane(i);
                _segment.FreePlace(i);
            }
        }

        Housekeeping?.Invoke(lanes);
    }

    /// <summary>Wakes the hub's thread, which looks at the deadlines anew.</summary>
    public void Wake() => _segment.Spot.WakeIfWaiting();

    /// <summary>That a lane has rung.</summary>
    private readonly struct IsRung(long* bits) : ICondition
    {
        private readonly long* _bits = bits;

        public bool IsMet
        {
            get
            {
                for (int i = 0; i < HubSegment.BitWords; i++)
                {
                    if (Volatile.Read(ref _bits[i]) != 0)
                    {
                        return true;
                    }
                }

                return false;
            }
        }
    }
}
