using System.Diagnostics;
using System.Globalization;
using ProcessTools.Engine.Pipes;
using ProcessTools.Engine.Queues;

namespace ProcessTools.Benchmarks;

/// <summary>
/// Queues and pipes between processes from C#, beside Python's in the same run: microseconds a message, for a round trip there and back. Names
/// and counts are those of <c>channel_peer.py</c> and <c>Measure-Channels.ps1</c>. The clock starts when both sides are ready.
/// </summary>
internal static class ChannelsBenchmark
{
    private const int Rounds = 5;

    private const int Capacity = 100;

    /// <summary>The runtime compiles a hot method several times, in the background; it is measured as it stays.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private static readonly (string Name, int Count)[] s_measurements =
    [
        ("queue.bytes.32", 200_000),
        ("queue.str.32", 200_000),
        ("queue.bytes.1024", 100_000),
        ("queue.bytes.65536", 5_000),
        ("queue.bytes.1048576", 500),
        ("simplequeue.bytes.32", 100_000),
        ("boundedqueue.bytes.32", 200_000),
        ("boundedqueue.bytes.1048576", 500),
        ("queue4to4.bytes.32", 100_000),
        ("queue4to4.bytes.1024", 100_000),
        ("pipe.roundtrip.32", 20_000),
        ("pipe.roundtripbytes.32", 20_000),
        ("pipe.parked.32", 200),
        ("pipe.oneway.32", 200_000),
        ("pipe.oneway.65536", 5_000),
        ("pipe.oneway.1048576", 500),
    ];

    /// <summary>Runs what begins with the prefix, or everything, and writes the figures.</summary>
    public static void Run(string prefix)
    {
        foreach ((string name, int count) in s_measurements.Where(one => one.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using Session session = new(name);
            List<double> ours = [];
            List<double> python = [];
            long start = Stopwatch.GetTimestamp();
            do
            {
                session.Measure(count);
            }
            while (Stopwatch.GetElapsedTime(start) < s_warmUp);

            for (int round = 0; round < Rounds; round++)
            {
                ours.Add(session.Measure(count));
                if (TimePython(name, count) is { } microseconds)
                {
                    python.Add(microseconds);
                }
            }

            Report($"{name}.us", Median(ours));
            Report($"{name}.best.us", ours.Min());
            if (python.Count > 0)
            {
                Report($"{name}.python.us", Median(python));
                Report($"{name}.ratio", Median(python) / Median(ours));
            }
        }
    }

    /// <summary>What another process does: what it is told, as often as it is told.</summary>
    public static void RunPeer(string path)
    {
        ProcessPipeEnd control;
        Task task;
        using (MemoryQueue start = MemoryQueue.Open(path))
        {
            object?[] order = (object?[])start.Get()!;
            control = (ProcessPipeEnd)order[0]!;
            task = new Task((string)order[1]!, (ProcessChannel)order[2]!, order[3]!);
            start.TaskDone();
        }

        while ((int)control.Receive()! is var count and > 0)
        {
            control.Send("ready");
            control.Receive();
            task.Run(count);
            control.Send("done");
        }
    }

    private static object MakeItem(string kind, int size) => kind == "str" ? new string('x', size) : new byte[size];

    /// <summary>What one round of channel_peer.py beside this project takes; null where there is no Python.</summary>
    private static double? TimePython(string name, int count)
    {
        string script = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../channel_peer.py"));
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("python3", [script, "--rounds", "1", $"{name}={count}"]) { RedirectStandardOutput = true })!;
            return double.Parse(python.StandardOutput.ReadToEnd().Split('\t')[1], CultureInfo.InvariantCulture);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static void Report(string name, double value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"channels.{name}\t{value:0.###}"));

    /// <summary>One piece of work on one channel.</summary>
    private sealed record Task(string Work, ProcessChannel Channel, object Item)
    {
        /// <summary>Does it so many times.</summary>
        /// <returns>The microseconds that one took, where that is not the whole time divided by their number.</returns>
        public double? Run(int count)
        {
            switch (Work)
            {
                case "put":
                    Put((ProcessQueue)Channel, count);
                    break;
                case "get":
                    Get((ProcessQueue)Channel, count);
                    break;
                case "send":
                    Send((ProcessPipeEnd)Channel, count);
                    break;
                case "receive":
                    Receive((ProcessPipeEnd)Channel, count);
                    break;
                case "echo":
                    Echo((ProcessPipeEnd)Channel, count);
                    break;
                case "echobytes":
                    EchoBytes((ProcessPipeEnd)Channel, count);
                    break;
                case "roundtrip":
                    RoundTrip((ProcessPipeEnd)Channel, count);
                    break;
                case "roundtripbytes":
                    RoundTripOfBytes((ProcessPipeEnd)Channel, count);
                    break;
                case "parked":
                    return Parked((ProcessPipeEnd)Channel, count);
                default:
                    throw new ArgumentException($"There is no work named '{Work}'.");
            }

            return null;
        }

        private void Put(ProcessQueue queue, int count)
        {
            for (int i = 0; i < count; i++)
            {
                queue.Put(Item);
            }
        }

        private static void Get(ProcessQueue queue, int count)
        {
            for (int i = 0; i < count; i++)
            {
                queue.Get();
            }
        }

        private void Send(ProcessPipeEnd end, int count)
        {
            for (int i = 0; i < count; i++)
            {
                end.Send(Item);
            }
        }

        private static void Receive(ProcessPipeEnd end, int count)
        {
            for (int i = 0; i < count; i++)
            {
                end.Receive();
            }
        }

        private static void Echo(ProcessPipeEnd end, int count)
        {
            for (int i = 0; i < count; i++)
            {
                end.Send(end.Receive());
            }
        }

        private static void EchoBytes(ProcessPipeEnd end, int count)
        {
            for (int i = 0; i < count; i++)
            {
                end.SendBytes(end.ReceiveBytes());
            }
        }

        private void RoundTrip(ProcessPipeEnd end, int count)
        {
            for (int i = 0; i < count; i++)
            {
                end.Send(Item);
                end.Receive();
            }
        }

        private void RoundTripOfBytes(ProcessPipeEnd end, int count)
        {
            byte[] bytes = (byte[])Item;
            for (int i = 0; i < count; i++)
            {
                end.SendBytes(bytes);
                end.ReceiveBytes();
            }
        }

        private double Parked(ProcessPipeEnd end, int count)
        {
            List<double> times = new(count);
            for (int i = 0; i < count; i++)
            {
                Thread.Sleep(s_pause);
                long start = Stopwatch.GetTimestamp();
                end.Send(Item);
                end.Receive();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            return Median(times);
        }
    }

    /// <summary>A channel, the processes on its other side, and what this one does with it.</summary>
    private sealed class Session : IDisposable
    {
        private readonly ProcessChannel _channel;
        private readonly List<(Process Process, ProcessPipeEnd Control)> _partners = [];

        /// <summary>Null when the others do it all.</summary>
        private readonly Task? _own;

        public Session(string name)
        {
            string[] parts = name.Split('.');
            (string what, string kind, object item) = (parts[0], parts[1], MakeItem(parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture)));
            if (what != "pipe")
            {
                _channel = MemoryQueue.Create(null, what == "boundedqueue" ? Capacity : null);
                bool isMany = what == "queue4to4";
                _own = isMany ? null : new Task("get", _channel, item);
                for (int i = 0; i < (isMany ? 4 : 1); i++)
                {
                    StartPartner("put", _channel, item);
                }

                for (int i = 0; isMany && i < 4; i++)
                {
                    StartPartner("get", _channel, item);
                }
            }
            else if (kind == "oneway")
            {
                (ProcessPipeEnd sender, ProcessPipeEnd receiver) = MemoryPipeEnd.Create(isOneWay: true);
                _channel = receiver;
                _own = new Task("receive", receiver, item);
                StartPartner("send", sender, item);
            }
            else
            {
                (ProcessPipeEnd ours, ProcessPipeEnd theirs) = MemoryPipeEnd.Create();
                _channel = ours;
                _own = new Task(kind, ours, item);
                StartPartner(kind == "roundtripbytes" ? "echobytes" : "echo", theirs, item);
            }
        }

        /// <summary>Microseconds a message.</summary>
        public double Measure(int count)
        {
            int each = _own is null ? count / 4 : count;
            TellAll(each);
            WaitForAll("ready");
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            TellAll("go");
            if (_own is null)
            {
                WaitForAll("done");
                return Stopwatch.GetElapsedTime(start).TotalMicroseconds / (each * 4);
            }

            double? told = _own.Run(each);
            double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds / each;
            WaitForAll("done");
            return told ?? microseconds;
        }

        public void Dispose()
        {
            TellAll(0);
            foreach ((Process process, ProcessPipeEnd control) in _partners)
            {
                process.WaitForExit();
                process.Dispose();
                control.Dispose();
            }

            _channel.Dispose();
        }

        private void StartPartner(string work, ProcessChannel channel, object item)
        {
            (ProcessPipeEnd ours, ProcessPipeEnd theirs) = MemoryPipeEnd.Create();
            using MemoryQueue start = MemoryQueue.Create();
            start.Put(new object?[] { theirs, work, channel, item });
            Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["channels-peer", start.Address]) { UseShellExecute = false })!;
            _partners.Add((process, ours));
            // The queue with its orders must live until it has them.
            start.Join();
        }

        private void TellAll(object word)
        {
            foreach ((_, ProcessPipeEnd control) in _partners)
            {
                control.Send(word);
            }
        }

        private void WaitForAll(string word)
        {
            foreach ((_, ProcessPipeEnd control) in _partners)
            {
                if (control.Receive() is not string said || said != word)
                {
                    throw new InvalidOperationException($"A partner did not say '{word}'.");
                }
            }
        }
    }
}
