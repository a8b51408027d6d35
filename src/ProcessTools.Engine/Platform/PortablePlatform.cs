using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Platform;

/// <summary>What .NET alone can do, for systems without services of their own here: waits poll with back-off, and processes are looked at.</summary>
internal sealed class PortablePlatform : PlatformServices
{
    // A waiter that polls gives the processor away at once, and after these rounds sleeps; the sleep is the latency of a wake-up and,
    // at a few microseconds of work each, well under a hundredth of a processor.
    private const int YieldRounds = 64;
    private const int MostSleepMilliseconds = 4;

    private static readonly ManualResetEventSlim s_never = new();

    /// <inheritdoc/>
    public override unsafe void Wait(int* word, int expected, TimeSpan timeout) => Poll([(nint)word], [expected], timeout);

    /// <inheritdoc/>
    public override void WaitAny(ReadOnlySpan<nint> words, ReadOnlySpan<int> expected, TimeSpan timeout) => Poll(words, expected, timeout);

    /// <summary>Looks at words until one has changed or the time is over, less and less often.</summary>
    internal static void Poll(ReadOnlySpan<nint> words, ReadOnlySpan<int> expected, TimeSpan timeout)
    {
        Stopwatch clock = Stopwatch.StartNew();
        for (int round = 0; !HasChanged(words, expected); round++)
        {
            if (timeout != Timeout.InfiniteTimeSpan && clock.Elapsed >= timeout)
            {
                return;
            }

            if (round < YieldRounds)
            {
                Thread.Yield();
            }
            else
            {
                s_never.Wait(Math.Min(MostSleepMilliseconds, 1 + ((round - YieldRounds) / 64)));
            }
        }
    }

    /// <inheritdoc/>
    public override unsafe void WakeAll(int* word)
    {
        // Who waits looks at the word, which has changed.
    }

    /// <inheritdoc/>
    public override unsafe void WakeOne(int* word)
    {
        // Likewise.
    }

    /// <inheritdoc/>
    public override SafeHandle? OpenProcess(int id) => null;

    /// <inheritdoc/>
    public override IEnumerable<string> RuntimeFolderCandidates()
    {
        string name = $"processtools-{Environment.UserName}";
        if (OperatingSystem.IsLinux())
        {
            yield return Path.Combine("/dev/shm", name);
        }

        yield return Path.Combine(Path.GetTempPath(), name);
    }

    /// <inheritdoc/>
    public override bool IsPlainFile(string path) => true;

    /// <inheritdoc/>
    public override string? FindFileIdentity(string path) => null;

    /// <inheritdoc/>
    public override bool? TryMoveNew(string source, string target) => null;

    /// <inheritdoc/>
    public override void SyncFolder(string path)
    {
        // .NET opens no folders.
    }

    /// <inheritdoc/>
    public override string? FindFolderFault(string path)
    {
        if (new DirectoryInfo(path).LinkTarget is not null)
        {
            return "is a symbolic link";
        }

        if (OperatingSystem.IsWindows())
        {
            // The temp folder is the user's own there.
            return null;
        }

        try
        {
            // Only its owner may do this, so that it is the check of the owner too.
            UnixFileMode mode = File.GetUnixFileMode(path);
            const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            if (mode != OwnerOnly)
            {
                return $"has the permissions {mode} instead of its owner's alone";
            }

            File.SetUnixFileMode(path, mode);
            return null;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return "belongs to somebody else";
        }
    }

    /// <inheritdoc/>
    public override ChildProcess StartProcess(ChildProcessOptions options) => PortableChildProcess.Spawn(options);

    /// <inheritdoc/>
    public override void StartDetached(ChildProcessOptions options)
    {
        ChildProcessOptions launched = OperatingSystem.IsWindows() ? options : DetachedLauncher.Of(options);
        ProcessStartInfo start = new(launched.FileName, launched.Arguments)
        {
            WorkingDirectory = launched.WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in launched.Environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        if (!OperatingSystem.IsWindows())
        {
            process.WaitForExit();
        }
    }

    /// <inheritdoc/>
    public override void CloseInheritedFiles()
    {
        // .NET alone does not tell which they are.
    }

    /// <inheritdoc/>
    public override bool TryMoveThread() => false;

    /// <inheritdoc/>
    public override (Socket First, Socket Second) CreateSocketPair() => PortableSocket.CreatePair();

    /// <inheritdoc/>
    public override bool CanPassSockets => false;

    /// <inheritdoc/>
    public override void PrepareSocket(Socket socket) => socket.Blocking = false;

    /// <inheritdoc/>
    public override unsafe int Receive(Socket socket, byte* start, int length, SocketPatience patience, out SocketError error)
    {
        if (patience != SocketPatience.None)
        {
            socket.Poll(SharedWait.Slice, SelectMode.SelectRead);
        }

        return socket.Receive(new Span<byte>(start, length), SocketFlags.None, out error);
    }

    /// <inheritdoc/>
    public override unsafe int Send(Socket socket, byte* head, int headLength, byte* start, int length, SocketPatience patience, out SocketError error)
    {
        if (patience != SocketPatience.None)
        {
            socket.Poll(SharedWait.Slice, SelectMode.SelectWrite);
        }

        // The others with the next call, which comes as with anything that went out in part.
        ReadOnlySpan<byte> bytes = headLength > 0 ? new(head, headLength) : new(start, length);
        return socket.Send(bytes, SocketFlags.None, out error);
    }

    /// <inheritdoc/>
    public override void PassSocket(Socket through, Socket passed, byte data) => throw new PlatformNotSupportedException();

    /// <inheritdoc/>
    public override Socket? TakeSocket(Socket through, out byte data) => throw new PlatformNotSupportedException();

    /// <inheritdoc/>
    public override void DetachSocket(Socket socket) => throw new PlatformNotSupportedException();

    /// <inheritdoc/>
    public override void EndThisProcess(PosixSignal signal)
    {
        // The exit code by which shells show a signal.
        const int SignalBase = 128;
        const int Terminate = 15;
        Environment.Exit(SignalBase + Terminate);
    }

    /// <inheritdoc/>
    public override void EndThisSession()
    {
        using Process self = Process.GetCurrentProcess();

        // The tree without its root, which may not end itself this way.
        foreach (Process other in Process.GetProcesses())
        {
            using (other)
            {
                if (ProcessIdentity.ParentOf(other.Id) == self.Id)
                {
                    KillTree(other);
                }
            }
        }

        self.Kill();
    }

    private static unsafe bool HasChanged(ReadOnlySpan<nint> words, ReadOnlySpan<int> expected)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (Volatile.Read(ref *(int*)words[i]) != expected[i])
            {
                return true;
            }
        }

        return false;
    }

    private static void KillTree(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It has ended already.
        }
    }

    /// <inheritdoc/>
    public override void SetEnvironmentVariable(string name, string? value) => Environment.SetEnvironmentVariable(name, value);
}
