using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// <c>posix_spawn</c> and <c>waitpid</c>. posix_spawn, unlike fork, runs none of our code in the child, so it is safe in a process with
/// threads, and it reports the error of exec itself.
/// </summary>
internal static unsafe class LinuxSpawn
{
    // Both structures are opaque; glibc's are 80 and 336 bytes, musl's smaller. Twice that leaves room.
    private const int FileActionsSize = 192;
    private const int AttributesSize = 704;
    private const int SignalSetSize = 128;

    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int NotPermitted = 13;
    private const int NotExecutable = 8;
    private const int NoHang = 1;

    // .NET ignores SIGPIPE and handles the others; a child must find all at their defaults, as after any shell's fork.
    private static ReadOnlySpan<int> HandledSignals => [1, 2, 3, 13, 15, 17, 18, 20, 21, 22, 28];

    /// <summary>Starts a program as the leader of a new session.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="input">The child's standard input, or null for the null device.</param>
    /// <param name="output">The child's standard output.</param>
    /// <param name="error">The child's standard error.</param>
    /// <returns>The process id.</returns>
    public static int Spawn(ChildProcessOptions options, SafeFileHandle? input, SafeFileHandle output, SafeFileHandle error)
    {
        byte* actions = stackalloc byte[FileActionsSize];
        byte* attributes = stackalloc byte[AttributesSize];
        using NativeStrings arguments = new([options.FileName, .. options.Arguments]);
        using NativeStrings environment = new(options.Environment.Select(static pair => $"{pair.Key}={pair.Value}"));
        using NativeStrings folder = new([options.WorkingDirectory]);
        Check(FileActionsInit(actions));
        try
        {
            Check(AttributesInit(attributes));
            try
            {
                if (input is null)
                {
                    fixed (byte* nullDevice = "/dev/null\0"u8)
                    {
                        Check(AddOpen(actions, 0, nullDevice, 0, 0));
                    }
                }
                else
                {
                    Check(AddDup2(actions, (int)input.DangerousGetHandle(), 0));
                }

                Check(AddDup2(actions, (int)output.DangerousGetHandle(), 1));
                Check(AddDup2(actions, (int)error.DangerousGetHandle(), 2));
                Check(AddChangeDirectory(actions, folder.Pointer[0]));

                byte* signals = stackalloc byte[SignalSetSize];
                _ = SignalEmptySet(signals);
                Check(SetMask(attributes, signals));
                foreach (int signal in HandledSignals)
                {
                    _ = SignalAddSet(signals, signal);
                }

                Check(SetDefaults(attributes, signals));
                Check(SetFlags(attributes, SetSignalDefaults | SetSignalMask | SetSession));

                int id;
                int result = PosixSpawn(&id, arguments.Pointer[0], actions, attributes, arguments.Pointer, environment.Pointer);
                GC.KeepAlive(input);
                GC.KeepAlive(output);
                GC.KeepAlive(error);
                return result == 0 ? id : throw Describe(result, options);
            }
            finally
            {
                _ = AttributesDestroy(attributes);
            }
        }
        finally
        {
            _ = FileActionsDestroy(actions);
        }
    }

    /// <summary>Takes the exit status of a child that has ended, so that it is no zombie.</summary>
    /// <param name="id">The child.</param>
    /// <param name="block">True to wait for it.</param>
    /// <param name="exitCode">The exit code, -n for signal n, or null where somebody else took it.</param>
    /// <returns>False when it has not quite ended: its first thread is gone and others are not yet.</returns>
    public static bool TryReap(int id, bool block, out int? exitCode)
    {
        int status;
        int result;
        do
        {
            result = WaitPid(id, &status, block ? 0 : NoHang);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        int signal = status & 0x7f;
        exitCode = result != id ? null : signal == 0 ? (status >> 8) & 0xff : -signal;
        return result != 0;
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error);
        }
    }

    private static ProcessToolsException Describe(int error, ChildProcessOptions options)
    {
        string reason = new Win32Exception(error).Message;
        return error switch
        {
            NoEntry when !Directory.Exists(options.WorkingDirectory) => new WorkerStartException(
                $"The folder '{options.WorkingDirectory}' to start in does not exist. Create it or give another with -WorkingDirectory.", target: options.WorkingDirectory),
            NoEntry => new ProgramNotFoundException(options.FileName, $"The program '{options.FileName}' or the interpreter that its first line names does not exist."),
            NotPermitted or NotExecutable => new ProgramNotFoundException(options.FileName, $"The program '{options.FileName}' cannot be run: {reason}."),
            _ => new WorkerStartException($"The process '{options.FileName}' could not be started: {reason}.", new Win32Exception(error), options.FileName),
        };
    }

    [DllImport("libc", EntryPoint = "posix_spawn")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PosixSpawn(
        int* id, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsInit(byte* actions);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsDestroy(byte* actions);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AddDup2(byte* actions, int descriptor, int target);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AddOpen(byte* actions, int target, byte* path, int flags, uint mode);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AddChangeDirectory(byte* actions, byte* path);

    [DllImport("libc", EntryPoint = "posix_spawnattr_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesInit(byte* attributes);

    [DllImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesDestroy(byte* attributes);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFlags(byte* attributes, short flags);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetDefaults(byte* attributes, byte* signals);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetMask(byte* attributes, byte* signals);

    [DllImport("libc", EntryPoint = "sigemptyset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SignalEmptySet(byte* signals);

    [DllImport("libc", EntryPoint = "sigaddset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SignalAddSet(byte* signals, int signal);

    [DllImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WaitPid(int id, int* status, int options);

    /// <summary>A null-terminated array of null-terminated UTF-8 strings, as exec takes them.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IEnumerable<string> strings)
        {
            byte[][] encoded = [.. strings.Select(static text => Encoding.UTF8.GetBytes(text + '\0'))];
            _count = encoded.Length;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < _count; i++)
            {
                Pointer[i] = (byte*)NativeMemory.Alloc((nuint)encoded[i].Length);
                encoded[i].CopyTo(new Span<byte>(Pointer[i], encoded[i].Length));
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
