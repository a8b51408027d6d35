using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using ProcessTools.Engine.Queues.Durable;

namespace ProcessTools.Tests.Peer;

/// <summary>Producers and consumers of a durable queue that keep a log of what they do, which outlives their being killed.</summary>
internal static class DurableRoles
{
    /// <summary>Puts items until it is killed or has put all: <c>durable-put folder log producer count most [hold]</c>; with the last it waits to be killed at its end. Its log says of each item B before and P after it was put.</summary>
    public static void Put(string[] args)
    {
        using DurableLog log = new(args[2]);
        long producer = long.Parse(args[3], CultureInfo.InvariantCulture);
        long count = long.Parse(args[4], CultureInfo.InvariantCulture);
        int most = int.Parse(args[5], CultureInfo.InvariantCulture);
        using DurableQueue queue = Open(args[1]);
        Console.WriteLine("ready");
        try
        {
            for (long number = 0; count < 0 || number < count; number++)
            {
                log.Write('B', producer, number);
                queue.Put(QueueItem.Make(producer, number, QueueItem.SizeOf(number, most)));
                log.Write('P', producer, number);
            }
        }
        catch (QueueClosedException)
        {
            // The test has what it wants.
        }

        Console.WriteLine("done");
        if (args.Length > 6)
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }

    /// <summary>Takes items until there is none for a time: <c>durable-take folder log seconds</c>. Its log says of each item T when it was taken and D when it was reported.</summary>
    public static void Take(string[] args)
    {
        using DurableLog log = new(args[2]);
        double seconds = double.Parse(args[3], CultureInfo.InvariantCulture);
        using DurableQueue queue = Open(args[1]);
        Console.WriteLine("ready");
        while (queue.TryGet(out object? item, seconds))
        {
            (long producer, long number) = QueueItem.Check((byte[])item!);
            log.Write('T', producer, number);
            queue.TaskDone();
            log.Write('D', producer, number);
        }

        Console.WriteLine("done");
    }

    /// <summary>Takes an item and keeps it until it is killed: <c>durable-hold folder log</c>.</summary>
    public static void Hold(string[] args)
    {
        using DurableQueue queue = Open(args[1]);
        queue.Get();
        Console.WriteLine("ready");
        Thread.Sleep(Timeout.Infinite);
    }

    private static DurableQueue Open(string folder) => DurableQueue.Open(folder, new DurableQueueOptions { Durability = QueueDurability.Normal }, out _);

    /// <summary>Lines of a step, a producer, a number, and the time.</summary>
    private sealed class DurableLog(string path) : IDisposable
    {
        private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        private long _offset;

        public void Write(char step, long producer, long number)
        {
            byte[] line = System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{step} {producer} {number} {Stopwatch.GetTimestamp()}\n"));
            RandomAccess.Write(_file, line, _offset);
            _offset += line.Length;
        }

        public void Dispose() => _file.Dispose();
    }
}
