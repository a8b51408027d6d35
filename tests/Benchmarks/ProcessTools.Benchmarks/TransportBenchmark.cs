using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Transport;

namespace ProcessTools.Benchmarks;

/// <summary>
/// A connection over shared memory beside a Unix domain socket, each between two processes: round trips one after the other, round trips
/// with pauses, after which both sides sleep, and throughput one way. Ratios compare figures of one run, taken in turns.
/// </summary>
internal static class TransportBenchmark
{
    private const int FrameLength = 32;
    private const int Rounds = 13;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(3);

    /// <summary>Runs everything and writes the figures.</summary>
    public static void Run()
    {
        using Socket socket = StartSocketPeer(out Process socketPeer);
        using SharedMemoryConnection connection = StartPeer("echo", out Process memoryPeer);
        byte[] frame = new byte[FrameLength];

        List<double> memory = [];
        List<double> sockets = [];
        for (int round = 0; round < Rounds; round++)
        {
            memory.Add(TimeEach(20_000, () => RoundTrip(connection, frame)));
            sockets.Add(TimeEach(2_000, () => RoundTrip(socket, frame)));
        }

        // The first rounds warm up.
        Report("roundtrip32.memory.us", Median(memory[3..]));
        Report("roundtrip32.socket.us", Median(sockets[3..]));
        Report("roundtrip32.ratio", Median(sockets[3..]) / Median(memory[3..]));

        List<double> memoryAsleep = [];
        List<double> socketAsleep = [];
        for (int i = 0; i < 300; i++)
        {
            Thread.Sleep(s_pause);
            memoryAsleep.Add(TimeEach(1, () => RoundTrip(connection, frame)));
            Thread.Sleep(s_pause);
            socketAsleep.Add(TimeEach(1, () => RoundTrip(socket, frame)));
        }

        Report("roundtrip32.asleep.memory.us", Median(memoryAsleep));
        Report("roundtrip32.asleep.socket.us", Median(socketAsleep));
        Report("roundtrip32.asleep.ratio", Median(socketAsleep) / Median(memoryAsleep));
        connection.Dispose();
        socket.Dispose();
        memoryPeer.WaitForExit();
        socketPeer.WaitForExit();

        foreach ((string name, double microseconds) in TimePythonPipe())
        {
            Report(name, microseconds);
            Report(name.Replace(".us", ".ratio", StringComparison.Ordinal), microseconds / Median(name.Contains("asleep", StringComparison.Ordinal) ? memoryAsleep : memory[3..]));
        }

        Report("create.us", TimeEach(200, static () => SharedMemoryConnection.Create().Dispose()));
        foreach ((int length, int count) in new[] { (32, 3_000_000), (1024, 1_000_000), (64 * 1024, 40_000), (1 << 20, 2_500) })
        {
            Throughput("send", length, count);
        }

    }

    /// <summary>What the other process does.</summary>
    public static void RunPeer(string role, string address, string[] args)
    {
        int[] numbers = [.. args.Select(static arg => int.Parse(arg, CultureInfo.InvariantCulture))];
        switch (role)
        {
            case "socket-echo":
                EchoSocket(address);
                break;
            case "echo":
                using (SharedMemoryConnection connection = SharedMemoryConnection.Open(address))
                {
                    while (connection.Receive() is { } frame)
                    {
                        connection.Send(frame.Memory.Span);
                        frame.Dispose();
                    }
                }

                break;
            default:
                Send(address, numbers[0], numbers[1]);
                break;
        }
    }

    private static void Send(string address, int length, int count)
    {
        using SharedMemoryConnection connection = SharedMemoryConnection.Open(address);
        byte[] frame = new byte[length];
        for (int i = 0; i < count; i++)
        {
            connection.Send(frame);
        }

        connection.Close();
        connection.Receive();
    }

    private static void Throughput(string role, int length, int count)
    {
        using SharedMemoryConnection connection = StartPeer(
            role, out Process peer, $"{length}", $"{count}");
        connection.Receive()!.Dispose();
        int received = 1;
        long start = Stopwatch.GetTimestamp();
        while (connection.Receive() is { } frame)
        {
            frame.Dispose();
            received++;
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        connection.Dispose();
        peer.WaitForExit();
        Report($"{role}{length}.frames/s", received / seconds);
        Report($"{role}{length}.MB/s", (double)received * length / seconds / 1e6);
    }

    /// <summary>What pipe_peer.py beside this project measures; nothing where there is no Python.</summary>
    private static List<(string Name, double Microseconds)> TimePythonPipe()
    {
        List<(string, double)> figures = [];
        string script = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../pipe_peer.py"));
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("python3", [script]) { RedirectStandardOutput = true })!;
            while (python.StandardOutput.ReadLine() is { } line)
            {
                string[] parts = line.Split('\t');
                figures.Add((parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture)));
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("There is no python3 here to compare with.");
        }

        return figures;
    }

    private static void RoundTrip(SharedMemoryConnection connection, byte[] frame)
    {
        connection.Send(frame);
        connection.Receive()!.Dispose();
    }

    private static void RoundTrip(Socket socket, byte[] frame)
    {
        socket.Send(frame);
        ReceiveAll(socket, frame);
    }

    private static bool ReceiveAll(Socket socket, Span<byte> frame)
    {
        while (!frame.IsEmpty)
        {
            int count = socket.Receive(frame);
            if (count == 0)
            {
                return false;
            }

            frame = frame[count..];
        }

        return true;
    }

    private static void EchoSocket(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        byte[] frame = new byte[FrameLength];
        while (ReceiveAll(socket, frame))
        {
            socket.Send(frame);
        }
    }

    private static Socket StartSocketPeer(out Process peer)
    {
        string path = Path.Combine(Path.GetTempPath(), $"transport-{Environment.ProcessId}.socket");
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        peer = StartSelf("socket-echo", path);
        Socket socket = listener.Accept();
        File.Delete(path);
        return socket;
    }

    private static SharedMemoryConnection StartPeer(
        string role, out Process peer, params string[] args)
    {
        SharedMemoryConnection connection = SharedMemoryConnection.Create();
        peer = StartSelf(role, [connection.Address, .. args]);
        if (ProcessIdentity.TryGet(peer.Id) is { } identity)
        {
            connection.AttachPeer(identity);
        }

        return connection;
    }

    private static Process StartSelf(string role, params string[] args)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { UseShellExecute = false };
        foreach (string arg in (string[])["transport-peer", role, .. args])
        {
            start.ArgumentList.Add(arg);
        }

        return Process.Start(start)!;
    }

    /// <summary>Microseconds an action takes, on average.</summary>
    private static double TimeEach(int count, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static void Report(string name, double value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"transport.{name}\t{value:0.###}"));
}
