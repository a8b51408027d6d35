using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Transport;

namespace ProcessTools.Tests.Peer;

/// <summary>The other process of the memory and transport tests. The first argument is its role; it says "ready" when it plays it.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        string role = args[0];
        string address = args[1];
        switch (role)
        {
            case "echo":
                Echo(address);
                return 0;

            case "produce":
                Produce(address, int.Parse(args[2], CultureInfo.InvariantCulture));
                return 0;

            case "silent":
                using (SharedMemoryConnection connection = SharedMemoryConnection.Open(address))
                {
                    Console.WriteLine("ready");
                    Thread.Sleep(Timeout.Infinite);
                }

                return 0;

            case "flood":
                Flood(address);
                return 0;

            case "hold":
                Hold(address);
                return 0;

            case "count":
                Count(address, int.Parse(args[2], CultureInfo.InvariantCulture));
                return 0;

            case "queue-put":
                QueueRoles.Put(args);
                return 0;

            case "queue-take":
                QueueRoles.Take(args);
                return 0;

            case "queue-close":
                QueueRoles.Close(args);
                return 0;

            case "durable-put":
                DurableRoles.Put(args);
                return 0;

            case "durable-hold":
                DurableRoles.Hold(args);
                return 0;

            case "durable-take":
                DurableRoles.Take(args);
                return 0;

            case "value-increment":
                ValueRoles.Increment(args);
                return 0;

            case "value-flip":
                ValueRoles.Flip(args);
                return 0;

            case "array-wave":
                ValueRoles.Wave(args);
                return 0;

            case "value-locked":
                ValueRoles.IncrementLocked(args);
                return 0;

            case "history":
                HistoryRoles.Run(args);
                return 0;

            case "sync":
                SyncRoles.Run(args);
                return 0;

            case "state-do":
                StateRoles.Do(args);
                return 0;

            case "state-work":
                StateRoles.Work(args);
                return 0;

            case "state-hold":
                return StateRoles.Hold(args);

            case "sync-storm":
                SyncStorm.Run(args);
                return 0;

            default:
                return 64;
        }
    }

    private static void Echo(string address)
    {
        using SharedMemoryConnection connection = SharedMemoryConnection.Open(address);
        Console.WriteLine("ready");
        while (connection.Receive() is { } frame)
        {
            using (frame)
            {
                connection.Send(frame.Memory.Span);
            }
        }
    }

    /// <summary>Sends frames of many sizes; each begins with its number and the checksum of the rest.</summary>
    private static void Produce(string address, int count)
    {
        using SharedMemoryConnection connection = SharedMemoryConnection.Open(address);
        Console.WriteLine("ready");
        Random random = new(count);
        for (int number = 0; number < count; number++)
        {
            byte[] frame = new byte[8 + random.Next(random.Next(4) == 0 ? 100_000 : 200)];
            random.NextBytes(frame);
            BinaryPrimitives.WriteInt32LittleEndian(frame, number);
            Crc32.Hash(frame.AsSpan(8), frame.AsSpan(4));
            connection.Send(frame);
        }

        connection.Close();
    }

    /// <summary>Sends for ever, large frames among small ones, until it is killed.</summary>
    private static void Flood(string address)
    {
        using SharedMemoryConnection connection = SharedMemoryConnection.Open(address);
        Console.WriteLine("ready");
        Random random = new(1);
        for (int number = 0; ; number++)
        {
            byte[] frame = new byte[8 + (number % 7 == 0 ? 600_000 : random.Next(2000))];
            random.NextBytes(frame);
            BinaryPrimitives.WriteInt32LittleEndian(frame, number);
            Crc32.Hash(frame.AsSpan(8), frame.AsSpan(4));
            connection.Send(frame);
        }
    }

    private static unsafe void Hold(string address)
    {
        using Segment segment = Segment.Open(address, 4096);
        SharedMutex mutex = new(segment.Pointer);
        MutexResult result = mutex.Acquire(Timeout.InfiniteTimeSpan);
        Console.WriteLine($"ready {result}");
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Raises a pair of counters under the mutex; between the two raises the pair is uneven.</summary>
    private static unsafe void Count(string address, int rounds)
    {
        using Segment segment = Segment.Open(address, 4096);
        SharedMutex mutex = new(segment.Pointer);
        long* first = (long*)(segment.Pointer + 64);
        long* second = (long*)(segment.Pointer + 128);
        Console.WriteLine("ready");
        for (int round = 0; round < rounds; round++)
        {
            MutexResult result = mutex.Acquire(Timeout.InfiniteTimeSpan);
            if (result == MutexResult.Abandoned)
            {
                // The repair that a dead owner's half step needs.
                *second = *first;
            }

            if (*first != *second)
            {
                Console.WriteLine($"torn {*first} {*second}");
                Environment.Exit(3);
            }

            (*first)++;
            Thread.SpinWait(20);
            (*second)++;
            mutex.Release();
        }

        Console.WriteLine("done");
    }
}
