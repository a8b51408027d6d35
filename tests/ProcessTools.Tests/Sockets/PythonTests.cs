using System.Diagnostics;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>CPython's own <c>multiprocessing.connection</c> at the other end, in each version from 3.8 that this machine has.</summary>
public sealed class PythonTests : SocketTest
{
    private const string Echo = """
        import sys
        def echo(connection):
            while True:
                try:
                    message = connection.recv_bytes()
                except EOFError:
                    break
                connection.send_bytes(message)
        """;

    public static TheoryData<string> Pythons
    {
        get
        {
            string versions = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
            string[] found = Directory.Exists(versions)
                ? [.. Directory.GetDirectories(versions).Where(static path => Version.Parse(Path.GetFileName(path)) >= new Version(3, 8)).Select(static path => path + "/bin/python3").Where(File.Exists).Order()]
                : [];
            return [.. found.Length > 0 ? found : ["python3"]];
        }
    }

    [Theory]
    [MemberData(nameof(Pythons))]
    public void Pythons_client_connects(string python)
    {
        ProcessListener listener = NewListener(key: Key("s\u00e9cret"));
        using Process client = Start(python, $$"""
            {{Echo}}
            from multiprocessing.connection import Client
            with Client(('127.0.0.1', {{PortOf(listener)}}), authkey='s\u00e9cret'.encode()) as connection:
                echo(connection)
            """);
        Exchange(Own(listener.Accept(60)));
        AwaitExit(client);
    }

    [Theory]
    [MemberData(nameof(Pythons))]
    public void Pythons_listener_lets_us_in(string python)
    {
        using TempFolder folder = new();
        using Process server = Start(python, $$"""
            {{Echo}}
            from multiprocessing.connection import Listener
            with Listener('{{folder.Path}}/s', authkey=b'secret') as listener:
                with listener.accept() as connection:
                    echo(connection)
            """);
        Exchange(Connect($"unix://{folder.Path}/s", Key("secret"), "-Wait -TimeoutSeconds 60"));
        AwaitExit(server);
    }

    [Theory]
    [MemberData(nameof(Pythons))]
    public void Python_with_another_key_gets_its_own_error(string python)
    {
        ProcessListener listener = NewListener(key: Key("right"));
        using Process client = Start(python, $$"""
            from multiprocessing import AuthenticationError
            from multiprocessing.connection import Client
            try:
                Client(('127.0.0.1', {{PortOf(listener)}}), authkey=b'wrong')
            except AuthenticationError:
                print('refused')
            """);
        Assert.Equal("refused", Background.Run(client.StandardOutput.ReadLine).Result);
        AwaitLog(listener, 1);
        AwaitExit(client);
    }

    private static void Exchange(ProcessPipeEnd end)
    {
        foreach (int size in new[] { 0, 1, 16_384, 16_385, 65_536, 20_000_000 })
        {
            byte[] bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            Background<bool> sending = Background.Run(() => end.SendBytes(bytes));
            Assert.Equal(bytes, end.ReceiveBytes(60));
            Assert.True(sending.Result);
        }

        // MessagePack is MessagePack when it comes back.
        end.Send(new object[] { 1, "two", 3.5 });
        Assert.Equal([1, "two", 3.5], Assert.IsType<object[]>(end.Receive(60)));
        end.Close();
    }

    private static Process Start(string python, string program) =>
        Process.Start(new ProcessStartInfo(python, ["-c", program]) { RedirectStandardOutput = true, UseShellExecute = false })!;

    private static void AwaitExit(Process process)
    {
        Assert.True(Background.Run(() => process.WaitForExit(60_000)).Result, "Python does not end.");
        Assert.Equal(0, process.ExitCode);
    }
}
