using System.Globalization;
using ProcessTools.Engine.State;

namespace ProcessTools.Tests.Peer;

/// <summary>
/// Does random things with a shared object that others use at once, and writes a journal of it: <c>history what address journal seed</c>, where what is a value, a value whose increment is not atomic, a lock, or a dictionary's keys.
/// </summary>
internal static class HistoryRoles
{
    // Few, so that what one expects is often there; the same for all processes.
    private const int Numbers = 4;

    /// <summary>Plays the role until the journal is full.</summary>
    public static void Run(string[] args)
    {
        string address = args[2];
        Random random = new(int.Parse(args[4], CultureInfo.InvariantCulture));
        HistoryJournal journal = HistoryJournal.Open(args[3]);
        Action step = args[1] switch
        {
            "value" => OfValue(address, journal, random),
            "broken" => OfBrokenValue(address, journal),
            "lock" => OfLock(address, journal, random),
            _ => OfDictionary(address, args[1], journal, random),
        };
        Console.WriteLine("ready");
        journal.AwaitGo();
        for (int i = 0; i < journal.Capacity; i++)
        {
            step();

            // Out of step with the others, and now and then of one's processor.
            Thread.SpinWait(random.Next(40));
            if (random.Next(200) == 0)
            {
                Thread.Yield();
            }
        }

        Console.WriteLine("done");
    }

    private static Action OfValue(string address, HistoryJournal journal, Random random)
    {
        SharedValue value = (SharedValue)ValueObjects.Open(null!, "value", SyncSegment.Open(address, SharedObjectKind.Value));
        long seen = 0;
        return () =>
        {
            long a = random.Next(Numbers);
            long expected = seen;
            switch (random.Next(5))
            {
                case 0:
                    seen = journal.Do(HistoryStep.Get, 0, 0, () => (long)value.Value);
                    break;

                case 1:
                    journal.Do(HistoryStep.Set, a, 0, () =>
                    {
                        value.Value = a;
                        return 0;
                    });
                    break;

                case 2:
                    journal.Do(HistoryStep.TryUpdate, a, expected, () => value.TryUpdate(a, expected) ? 1 : 0);
                    break;

                case 3:
                    seen = journal.Do(HistoryStep.Swap, a, 0, () => (long)value.Swap(a));
                    break;

                default:
                    seen = journal.Do(HistoryStep.Increment, 1, 0, () => (long)value.Increment());
                    break;
            }
        };
    }

    private static Action OfBrokenValue(string address, HistoryJournal journal)
    {
        SharedValue value = (SharedValue)ValueObjects.Open(null!, "value", SyncSegment.Open(address, SharedObjectKind.Value));
        return () => journal.Do(HistoryStep.Increment, 1, 0, () =>
        {
            long sum = (long)value.Value + 1;
            Thread.Yield();
            value.Value = sum;
            return sum;
        });
    }

    private static Action OfLock(string address, HistoryJournal journal, Random random)
    {
        SharedLock target = (SharedLock)SyncObjects.Open(null!, "lock", SyncSegment.Open(address, SharedObjectKind.Lock));
        bool isHeld = false;
        return () =>
        {
            if (isHeld)
            {
                journal.Do(HistoryStep.Release, 0, 0, () =>
                {
                    target.Release();
                    return 0;
                });
                isHeld = false;
                return;
            }

            if (journal.Left == 1)
            {
                // Nobody ends holding it.
                return;
            }

            double seconds = random.Next(3) == 0 ? 0 : 10;
            isHeld = journal.Do(HistoryStep.Acquire, 0, 0, () => !target.Acquire(seconds) ? 0 : target.WasAbandoned ? 2 : 1) != 0;
        };
    }

    private static Action OfDictionary(string address, string name, HistoryJournal journal, Random random)
    {
        SharedDictionary dictionary = SharedStates.Attach(address, null, 0).Dictionary(name);
        const string Key = "key";
        long seen = HistoryJournal.Nothing;
        return () =>
        {
            long a = random.Next(Numbers);
            long expected = seen == HistoryJournal.Nothing ? 0 : seen;
            switch (random.Next(7))
            {
                case 0:
                    seen = journal.Do(HistoryStep.Get, 0, 0, () => dictionary[Key] is long number ? number : HistoryJournal.Nothing);
                    break;

                case 1:
                    journal.Do(HistoryStep.Set, a, 0, () =>
                    {
                        dictionary[Key] = a;
                        return 0;
                    });
                    break;

                case 2:
                    journal.Do(HistoryStep.TryUpdate, a, expected, () => dictionary.TryUpdate(Key, a, expected) ? 1 : 0);
                    break;

                case 3:
                    journal.Do(HistoryStep.TryAdd, a, 0, () => dictionary.TryAdd(Key, a) ? 1 : 0);
                    break;

                case 4:
                    journal.Do(HistoryStep.Remove, 0, 0, () => dictionary.Remove(Key) ? 1 : 0);
                    break;

                case 5:
                    seen = journal.Do(HistoryStep.Swap, a, 0, () => dictionary.Swap(Key, a) is long number ? number : HistoryJournal.Nothing);
                    break;

                default:
                    seen = journal.Do(HistoryStep.Increment, 1, 0, () => (long)dictionary.Increment(Key, 1L));
                    break;
            }
        };
    }
}
