using System.Diagnostics;
using ProcessTools.Engine.State;

namespace ProcessTools.Tests.Peer;

/// <summary>
/// What one process did, when it began and when it was done, by the clock that all processes of a machine share; in shared memory, so that it outlives the process. What was begun and not done may have happened or not.
/// </summary>
internal sealed class HistoryJournal(SharedArray memory)
{
    /// <summary>The number that stands for no value.</summary>
    public const long Nothing = long.MinValue;

    private const int Words = 6;
    private const int First = 8;
    private const int ReadyWord = 0;
    private const int GoWord = 1;
    private int _next = First;

    /// <summary>How many steps it has room for.</summary>
    public int Capacity => (memory.Count - First) / Words;

    /// <summary>How many more this process can do.</summary>
    public int Left => Capacity - ((_next - First) / Words);

    /// <summary>How many steps were begun.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            Span<long> words = memory.AsSpan<long>();
            while (count < Capacity && Volatile.Read(ref words[First + (count * Words)]) != 0)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>True when its process is ready to begin.</summary>
    public bool IsReady => Volatile.Read(ref memory.AsSpan<long>()[ReadyWord]) != 0;

    /// <summary>Makes one.</summary>
    public static (SyncSegment Segment, HistoryJournal Journal) Create(int capacity)
    {
        SyncSegment segment = ValueObjects.Create(ValueObjects.OptionsOf(typeof(long), First + (capacity * Words)));
        return (segment, new HistoryJournal((SharedArray)ValueObjects.Open(null!, "journal", segment)));
    }

    /// <summary>Opens one that another process made.</summary>
    public static HistoryJournal Open(string address) => new((SharedArray)ValueObjects.Open(null!, "journal", SyncSegment.Open(address, SharedObjectKind.Array)));

    /// <summary>Tells its process to begin.</summary>
    public void Go() => Volatile.Write(ref memory.AsSpan<long>()[GoWord], 1);

    /// <summary>Says that this process is ready, and waits for the word to begin.</summary>
    public void AwaitGo()
    {
        Volatile.Write(ref memory.AsSpan<long>()[ReadyWord], 1);
        SpinWait wait = default;
        while (Volatile.Read(ref memory.AsSpan<long>()[GoWord]) == 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Does a step, and writes down that it begins and how it ends.</summary>
    public long Do(HistoryStep step, long a, long b, Func<long> action)
    {
        Span<long> entry = memory.AsSpan<long>().Slice(_next, Words);
        _next += Words;
        entry[1] = a;
        entry[2] = b;
        entry[3] = Stopwatch.GetTimestamp();

        // The step's kind is what says that it was begun: everything else is there before.
        Volatile.Write(ref entry[0], (long)step);
        long result = action();
        entry[4] = result;
        Volatile.Write(ref entry[5], Stopwatch.GetTimestamp());
        return result;
    }

    /// <summary>The steps: kind, two numbers, begin, result, end; the end of one that was not done is 0.</summary>
    public IEnumerable<(HistoryStep Step, long A, long B, long Begin, long Result, long End)> Read()
    {
        long[] all = (long[])memory.ToArray();
        for (int i = First; i + Words <= all.Length && all[i] != 0; i += Words)
        {
            yield return ((HistoryStep)all[i], all[i + 1], all[i + 2], all[i + 3], all[i + 4], all[i + 5]);
        }
    }
}
