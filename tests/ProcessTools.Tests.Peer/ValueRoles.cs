using System.Globalization;
using ProcessTools.Engine.State;

namespace ProcessTools.Tests.Peer;

/// <summary>Processes that change a value or an array which others change at once.</summary>
internal static class ValueRoles
{
    /// <summary>
    /// Raises a value: <c>value-increment address count journal cell</c>; a count of -1 goes on until killed. After each raise the cell of the journal, an array of its own processes only, is raised too: a kill falls between the two at most
    /// once.
    /// </summary>
    public static void Increment(string[] args)
    {
        SharedValue value = (SharedValue)ValueObjects.Open(null!, "value", SyncSegment.Open(args[1], SharedObjectKind.Value));
        long count = long.Parse(args[2], CultureInfo.InvariantCulture);
        SharedArray journal = (SharedArray)ValueObjects.Open(null!, "journal", SyncSegment.Open(args[3], SharedObjectKind.Array));
        int cell = int.Parse(args[4], CultureInfo.InvariantCulture);
        Console.WriteLine("ready");
        for (long i = 0; count < 0 || i < count; i++)
        {
            value.Increment();
            journal.Increment(cell);
        }

        Console.WriteLine("done");
    }

    /// <summary>Raises a value in two steps, holding its lock: <c>value-locked address count</c>; a count of 0 acquires the lock and keeps it.</summary>
    public static void IncrementLocked(string[] args)
    {
        SharedValue value = (SharedValue)ValueObjects.Open(null!, "value", SyncSegment.Open(args[1], SharedObjectKind.Value));
        long count = long.Parse(args[2], CultureInfo.InvariantCulture);
        if (count == 0)
        {
            value.Lock.Acquire();
            Console.WriteLine("ready");
            Thread.Sleep(Timeout.Infinite);
        }

        Console.WriteLine("ready");
        for (long i = 0; i < count; i++)
        {
            value.Lock.Acquire();
            value.Value = (long)value.Value + 1;
            value.Lock.Release();
        }

        Console.WriteLine("done");
    }

    /// <summary>Raises one element of an array and lowers it again, and nothing else of it: <c>array-wave address index count</c>. It ends raised when the count is odd.</summary>
    public static void Wave(string[] args)
    {
        SharedArray array = (SharedArray)ValueObjects.Open(null!, "array", SyncSegment.Open(args[1], SharedObjectKind.Array));
        int index = int.Parse(args[2], CultureInfo.InvariantCulture);
        int count = int.Parse(args[3], CultureInfo.InvariantCulture);
        Console.WriteLine("ready");
        for (int i = 0; i < count; i++)
        {
            int after = Convert.ToInt32(array.Increment(index, i % 2 == 0 ? 1 : -1), CultureInfo.InvariantCulture);
            if (after != (i + 1) % 2)
            {
                Console.WriteLine($"the element {index} was {after} after {i}");
                return;
            }
        }

        Console.WriteLine("done");
    }

    /// <summary>Sets all of a value's bits and none of them by turns, for ever: <c>value-flip address</c>.</summary>
    public static void Flip(string[] args)
    {
        SharedValue value = (SharedValue)ValueObjects.Open(null!, "value", SyncSegment.Open(args[1], SharedObjectKind.Value));
        object[] both = [0L, -1L];
        Console.WriteLine("ready");
        for (int i = 0; ; i ^= 1)
        {
            value.Value = both[i];
        }
    }
}
