using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>Linux: futex(2), pidfd_open(2), posix_spawn(3), sessions, statx(2).</summary>
internal sealed unsafe class LinuxPlatform : PlatformServices
{
    private const int FutexWait = 0;
    private const int FutexWake = 1;
    private const long PidfdOpen = 434;
    private const long FutexWaitAny = 449;
    private const int MonotonicClock = 1;
    private const int NotImplemented = 38;
    private const int MostWords = 128;

    private static readonly long s_futex = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => -1,
    };

    /// <summary>False on a processor whose system call numbers are not known here.</summary>
    public static bool IsSupported => s_futex >= 0;

    /// <inheritdoc/>
    public override void Wait(int* word, int expected, TimeSpan timeout)
    {
        // Not the private form of the call: the word lies in memory that other processes map too.
        long* time = stackalloc long[2];
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            time[0] = timeout.Ticks / TimeSpan.TicksPerSecond;
            time[1] = timeout.Ticks % TimeSpan.TicksPerSecond * 100;
        }

        _ = SystemCall(s_futex, word, FutexWait, expected, timeout == Timeout.InfiniteTimeSpan ? null : time, null, 0);
    }

    /// <inheritdoc/>
    public override void WaitAny(ReadOnlySpan<nint> words, ReadOnlySpan<int> expected, TimeSpan timeout)
    {
        if (words.Length == 1)
        {
            Wait((int*)words[0], expected[0], timeout);
            return;
        }

        if (words.Length > MostWords)
        {
            PortablePlatform.Poll(words, expected, timeout);
            return;
        }

        FutexWaiter* waiters = stackalloc FutexWaiter[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            waiters[i] = FutexWaiter.For(words[i], expected[i]);
        }

        // This call, unlike the other, takes the time at which to end.
        long* time = stackalloc long[2];
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            long end = Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
            time[0] = end / Stopwatch.Frequency;
            time[1] = end % Stopwatch.Frequency * (1_000_000_000 / Stopwatch.Frequency);
        }

        long result = SystemCall(FutexWaitAny, waiters, words.Length, 0, timeout == Timeout.InfiniteTimeSpan ? null : time, (void*)MonotonicClock, 0);
        if (result < 0 && Marshal.GetLastPInvokeError() == NotImplemented)
        {
            // Kernels before 5.16.
            PortablePlatform.Poll(words, expected, timeout);
        }
    }

    /// <inheritdoc/>
    public override void WakeOne(int* word) => _ = SystemCall(s_futex, word, FutexWake, 1, null, null, 0);

    /// <inheritdoc/>
    public override void WakeAll(int* word) => _ = SystemCall(s_futex, word, FutexWake, int.MaxValue, null, null, 0);

    /// <inheritdoc/>
    public override SafeHandle? OpenProcess(int id)
    {
        // Descriptors of processes are close-on-exec by themselves. Kernels before 5.3, and some sandboxes, refuse the call.
        long descriptor = SystemCall(PidfdOpen, (void*)(nint)id, 0, 0, null, null, 0);
        return descriptor < 0 ? null : new SafeFileHandle((nint)descriptor, ownsHandle: true);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> RuntimeFolderCandidates()
    {
        string name = $"processtools-{LinuxFileStatus.EffectiveUser}";
        yield return Path.Combine("/dev/shm", name);
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
        {
            yield return Path.Combine(runtime, "processtools");
        }

        yield return Path.Combine(Path.GetTempPath(), name);
    }

    /// <inheritdoc/>
    public override bool IsPlainFile(string path) => LinuxFileStatus.IsPlainFile(path);

    /// <inheritdoc/>
    public override string? FindFileIdentity(string path) => LinuxFileStatus.FindIdentity(path);

    /// <inheritdoc/>
    public override bool? TryMoveNew(string source, string target) => LinuxFileStatus.TryMoveNew(source, target);

    /// <inheritdoc/>
    public override void SyncFolder(string path) => LinuxFolder.Sync(path);

    /// <inheritdoc/>
    public override string? FindFolderFault(string path) => LinuxFileStatus.FindFolderFault(path);

    /// <inheritdoc/>
    public override ChildProcess StartProcess(ChildProcessOptions options) => LinuxChildProcess.Spawn(options);

    /// <inheritdoc/>
    public override void StartDetached(ChildProcessOptions options)
    {
        // The shell leads a session of its own and ends at once, so the program has neither our terminal nor us for a parent.
        using SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        int shell = LinuxSpawn.Spawn(DetachedLauncher.Of(options), input: null, nothing, nothing);
        LinuxSpawn.TryReap(shell, block: true, out _);
    }

    /// <inheritdoc/>
    public override void CloseInheritedFiles()
    {
        const int FirstOwn = 3;
        const int CloseOnExec = 0x80000;
        foreach (string entry in Directory.GetFiles("/proc/self/fdinfo"))
        {
            // What .NET has opened is closed on exec, so what is not came from outside.
            if (int.TryParse(Path.GetFileName(entry), out int descriptor)
                && descriptor >= FirstOwn
                && ReadFlags(entry) is { } flags
                && (flags & CloseOnExec) == 0)
            {
                new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public override bool TryMoveThread() => LinuxThread.TryMove();

    /// <inheritdoc/>
    public override (Socket First, Socket Second) CreateSocketPair() => LinuxSocket.CreatePair();

    /// <inheritdoc/>
    public override bool CanPassSockets => true;

    /// <inheritdoc/>
    public override void PrepareSocket(Socket socket) => LinuxSocketCalls.Prepare(socket);

    /// <inheritdoc/>
    public override unsafe int Receive(Socket socket, byte* start, int length, SocketPatience patience, out SocketError error) =>
        LinuxSocketCalls.Receive(socket.SafeHandle, start, length, patience, out error);

    /// <inheritdoc/>
    public override unsafe int Send(Socket socket, byte* head, int headLength, byte* start, int length, SocketPatience patience, out SocketError error) =>
        LinuxSocketCalls.Send(socket.SafeHandle, head, headLength, start, length, patience, out error);

    /// <inheritdoc/>
    public override void PassSocket(Socket through, Socket passed, byte data) => LinuxSocket.Send(through, passed, data);

    /// <inheritdoc/>
    public override Socket? TakeSocket(Socket through, out byte data) => LinuxSocket.Receive(through, out data);

    /// <inheritdoc/>
    public override void DetachSocket(Socket socket) => LinuxSocket.Detach(socket);

    /// <inheritdoc/>
    public override void EndThisProcess(PosixSignal signal)
    {
        int number = signal == PosixSignal.SIGTERM ? (int)LinuxSignal.Terminate : (int)LinuxSignal.Kill;
        _ = SetSignalHandler(number, 0);
        _ = Kill(Environment.ProcessId, number);
    }

    /// <inheritdoc/>
    public override void EndThisSession()
    {
        LinuxProcessTree.KillOthersOfThisSession();
        _ = Kill(Environment.ProcessId, (int)LinuxSignal.Kill);
    }

    /// <inheritdoc/>
    public override void SetEnvironmentVariable(string name, string? value)
    {
        // .NET keeps a copy of the environment; native code (and what it starts) reads the original.
        Environment.SetEnvironmentVariable(name, value);
        byte[] nameBytes = System.Text.Encoding.UTF8.GetBytes(name + '\0');
        fixed (byte* namePointer = nameBytes)
        {
            if (value is null)
            {
                _ = UnsetEnvironment(namePointer);
                return;
            }

            fixed (byte* valuePointer = System.Text.Encoding.UTF8.GetBytes(value + '\0'))
            {
                _ = SetEnvironment(namePointer, valuePointer, 1);
            }
        }
    }

    private static int? ReadFlags(string path)
    {
        try
        {
            string? line = File.ReadLines(path).FirstOrDefault(static line => line.StartsWith("flags:", StringComparison.Ordinal));
            return line is null ? null : Convert.ToInt32(line["flags:".Length..].Trim(), 8);
        }
        catch (IOException)
        {
            // The one that the listing itself had open.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long SystemCall(long number, void* first, long second, long third, void* fourth, void* fifth, long sixth);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int id, int signal);

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SetSignalHandler(int signal, nint handler);

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(byte* name, byte* value, int overwrite);

    [DllImport("libc", EntryPoint = "unsetenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnsetEnvironment(byte* name);
}
