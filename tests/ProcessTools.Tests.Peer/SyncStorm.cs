using System.Globalization;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.State;

namespace ProcessTools.Tests.Peer;

/// <summary>
/// Uses all kinds of locks at random until it is killed, and looks whether what they promise is so: <c>sync-storm memory number plan kind=address…</c>. The memory holds what the locks protect; what is found wrong is said, and ends
/// the process.
/// </summary>
internal sealed unsafe class SyncStorm : IDisposable
{
    private const int PairSize = 128;
    private const int InsideOffset = 2048;
    private const double Moment = 0.03;

    private readonly Segment _memory;
    private readonly int _number;
    private readonly Random _random;
    private readonly SharedLock _lock;
    private readonly SharedRLock _recursive;
    private readonly SharedSemaphore _semaphore;
    private readonly SharedEvent _event;
    private readonly SharedCondition _condition;
    private readonly SharedBarrier _barrier;

    private SyncStorm(string[] args)
    {
        _memory = Segment.Open(args[1], StormMemory.Size);
        _number = int.Parse(args[2], CultureInfo.InvariantCulture);
        _random = new Random(Environment.ProcessId);
        Dictionary<SharedObjectKind, SharedObject> objects = args.Skip(4).Select(Open).ToDictionary(static one => one.Kind);
        _lock = (SharedLock)objects[SharedObjectKind.Lock];
        _recursive = (SharedRLock)objects[SharedObjectKind.RLock];
        _semaphore = (SharedSemaphore)objects[SharedObjectKind.BoundedSemaphore];
        _event = (SharedEvent)objects[SharedObjectKind.Event];
        _condition = (SharedCondition)objects[SharedObjectKind.Condition];
        _barrier = (SharedBarrier)objects[SharedObjectKind.Barrier];
    }

    /// <summary>Plays the role.</summary>
    public static void Run(string[] args)
    {
        if (args[3] != "-")
        {
            Faults.Install(args[3]);
        }

        using SyncStorm storm = new(args);
        Console.WriteLine("ready");
        while (true)
        {
            storm.DoOne();
        }
    }

    public void Dispose() => _memory.Dispose();

    private static SharedObject Open(string argument)
    {
        string[] parts = argument.Split('=', 2);
        return SyncObjects.Open(null!, parts[0], SyncSegment.Open(parts[1], Enum.Parse<SharedObjectKind>(parts[0])));
    }

    private static void Check(bool isRight, string what)
    {
        if (!isRight)
        {
            Console.WriteLine("wrong: " + what);
            Console.Out.Flush();
            Environment.Exit(3);
        }
    }

    private void DoOne()
    {
        switch (_random.Next(6))
        {
            case 0 when Acquire(_lock):
                ChangePair(0, _lock);
                _lock.Release();
                break;

            case 1 when Acquire(_recursive):
                _recursive.Acquire();
                Check(_recursive.Depth == 2 && _recursive.IsHeld, "the depth of the RLock");
                ChangePair(1, _recursive);
                _recursive.Release();
                _recursive.Release();
                break;

            case 2 when Acquire(_semaphore):
                UsePermit();
                break;

            case 3:
                UseEvent();
                break;

            case 4 when Acquire(_condition):
                UseCondition();
                _condition.Release();
                break;

            case 5:
                UseBarrier();
                break;
        }

        (*StormMemory.Progress(_memory.Pointer, _number))++;
    }

    /// <summary>Waits for a moment, or as long as it takes.</summary>
    private bool Acquire(SharedLockable lockable) => _random.Next(2) == 0 ? lockable.Acquire() : lockable.Acquire(_random.NextDouble() * Moment);

    /// <summary>Raises two numbers one after the other. Who finds them different took over from one that was killed between.</summary>
    private void ChangePair(int pair, SharedLockable its)
    {
        long* first = (long*)(_memory.Pointer + (pair * PairSize));
        long* second = first + 1;
        Check(*first == *second || its.WasAbandoned, $"the pair of the {its.Kind} is torn: {*first} and {*second}");
        *first = *second + 1;
        Thread.SpinWait(_random.Next(200));
        *second = *first;
    }

    private void UsePermit()
    {
        long* inside = (long*)(_memory.Pointer + InsideOffset);
        long* times = inside + StormMemory.MostPeers;
        times[_number]++;
        Volatile.Write(ref inside[_number], ProcessWord.Self);
        Interlocked.MemoryBarrier();

        // One look is not enough: while it goes from one to the next, one that was counted may give its permit to one that is counted still.
        (int count, long seen) = Look();
        while (count > StormMemory.Permits)
        {
            (int again, long seenAgain) = Look();
            Check(count != again || seen != seenAgain, $"{count} have one of {StormMemory.Permits} permits");
            (count, seen) = (again, seenAgain);
        }

        Check(_semaphore.Value <= StormMemory.Permits, "too many permits");
        Volatile.Write(ref inside[_number], 0);
        _semaphore.Release();

        // How many are inside, and how often anybody was: when that is the same at two looks, these were inside at the same time.
        (int Count, long Times) Look()
        {
            int count = 0;
            long sum = 0;
            for (int number = 0; number < StormMemory.MostPeers; number++)
            {
                long process = Volatile.Read(ref inside[number]);
                sum += Volatile.Read(ref times[number]);
                count += process != 0 && ProcessWord.IsAlive(process) ? 1 : 0;
            }

            return (count, sum);
        }
    }

    private void UseEvent()
    {
        switch (_random.Next(3))
        {
            case 0:
                _event.Set();
                break;

            case 1:
                _event.Clear();
                break;

            default:
                _event.Wait(_random.NextDouble() * Moment);
                break;
        }
    }

    /// <summary>Makes or takes tokens, of which there are never less than none.</summary>
    private void UseCondition()
    {
        long* tokens = (long*)(_memory.Pointer + (3 * PairSize));
        ChangePair(2, _condition);
        if (_random.Next(2) == 0)
        {
            (*tokens)++;
            _condition.Notify(_random.Next(3));
        }
        else if (*tokens > 0 || (_condition.Wait(_random.NextDouble() * Moment) && *tokens > 0))
        {
            (*tokens)--;
        }

        Check(*tokens >= 0, "tokens that nobody made were taken");
        ChangePair(2, _condition);
    }

    private void UseBarrier()
    {
        try
        {
            Check(_barrier.Wait(_random.NextDouble() * Moment) is 0 or 1, "the number at the barrier");
        }
        catch (BarrierBrokenException)
        {
            _barrier.Reset();
        }
    }
}
