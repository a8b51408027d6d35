using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using ProcessTools.Engine.Queues;

namespace ProcessTools.Tests.Peer;

/// <summary>Producers and consumers of a queue that keep a log of what they do, which outlives their being killed.</summary>
internal static class QueueRoles
{
    /// <summary>
    /// Puts items: <c>queue-put address log producer count most [plan]</c>. The log is two numbers: of the item that it is about to put, and how many it has put.
    /// </summary>
    public static void Put(string[] args)
    {
        InstallFaults(args, 6);
        using SafeFileHandle log = File.OpenHandle(args[2], FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        long producer = long.Parse(args[3], CultureInfo.InvariantCulture);
        long count = long.Parse(args[4], CultureInfo.InvariantCulture);
        int most = int.Parse(args[5], CultureInfo.InvariantCulture);
        using MemoryQueue queue = MemoryQueue.Open(args[1]);
        Console.WriteLine("ready");
        byte[] state = new byte[16];
        for (long number = 0; count < 0 || number < count; number++)
        {
            byte[] item = QueueItem.Make(producer, number, QueueItem.SizeOf(number, most));
            BinaryPrimitives.WriteInt64LittleEndian(state, number + 1);
            RandomAccess.Write(log, state, 0);
            try
            {
                queue.Put(item);
            }
            catch (QueueClosedException)
            {
                break;
            }

            BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(8), number + 1);
            RandomAccess.Write(log, state, 0);
        }

        Console.WriteLine("done");
    }

    /// <summary>Takes items until the queue is closed: <c>queue-take address log [plan]</c>. The log is the producer and the number of each item taken.</summary>
    public static void Take(string[] args)
    {
        InstallFaults(args, 3);
        using SafeFileHandle log = File.OpenHandle(args[2], FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using MemoryQueue queue = MemoryQueue.Open(args[1]);
        Console.WriteLine("ready");
        byte[] entry = new byte[16];
        long offset = 0;
        try
        {
            while (true)
            {
                (long producer, long number) = QueueItem.Check((byte[])queue.Get()!);
                BinaryPrimitives.WriteInt64LittleEndian(entry, producer);
                BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(8), number);
                RandomAccess.Write(log, entry, offset);
                offset += entry.Length;
                queue.TaskDone();
            }
        }
        catch (QueueClosedException)
        {
            Console.WriteLine("done");
        }
    }

    /// <summary>Closes a queue: <c>queue-close address [plan]</c>.</summary>
    public static void Close(string[] args)
    {
        InstallFaults(args, 2);
        using MemoryQueue queue = MemoryQueue.Open(args[1]);
        Console.WriteLine("ready");
        queue.Close();
        Console.WriteLine("done");
    }

    private static void InstallFaults(string[] args, int place)
    {
        if (args.Length > place)
        {
            Faults.Install(args[place]);
        }
    }
}
