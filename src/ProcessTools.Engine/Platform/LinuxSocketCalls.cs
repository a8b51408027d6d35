using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// send(2) and recv(2) as they are. A large message goes out, and comes in, with one call that sleeps in the kernel now and then, for no longer than a slice; .NET's own calls on a socket that does not block take two more for each
/// part of it.
/// </summary>
internal static unsafe class LinuxSocketCalls
{
    private const int SocketLevel = 1;
    private const int ReceiveTimeout = 20;
    private const int SendTimeout = 21;
    private const int SetStatus = 4;
    private const int GetStatus = 3;
    private const int NonBlocking = 0x800;
    private const int DoNotWait = 0x40;
    private const int WaitForAll = 0x100;
    private const int NoSignal = 0x4000;

    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;
    private const int NetworkUnreachable = 101;
    private const int ConnectionAborted = 103;
    private const int ConnectionReset = 104;
    private const int NotConnected = 107;
    private const int TimedOut = 110;
    private const int HostUnreachable = 113;

    /// <summary>Lets calls wait in the kernel, for a slice.</summary>
    public static void Prepare(Socket socket)
    {
        TimeValue slice = new() { Microseconds = (nint)SharedWait.Slice.TotalMicroseconds };
        int status = Control(socket.SafeHandle, GetStatus, 0);
        if (status < 0
            || Control(socket.SafeHandle, SetStatus, status & ~NonBlocking) < 0
            || SetOption(socket.SafeHandle, SocketLevel, ReceiveTimeout, &slice, sizeof(TimeValue)) < 0
            || SetOption(socket.SafeHandle, SocketLevel, SendTimeout, &slice, sizeof(TimeValue)) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Receives bytes.</summary>
    public static int Receive(SafeHandle socket, byte* start, int length, SocketPatience patience, out SocketError error)
    {
        int flags = patience switch
        {
            SocketPatience.None => DoNotWait,
            SocketPatience.All => WaitForAll,
            _ => 0,
        };
        return Result(Receive(socket, start, (nuint)length, flags), out error);
    }

    /// <summary>Sends bytes that lie in two places.</summary>
    public static int Send(SafeHandle socket, byte* head, int headLength, byte* start, int length, SocketPatience patience, out SocketError error)
    {
        int flags = NoSignal | (patience == SocketPatience.None ? DoNotWait : 0);
        if (headLength == 0)
        {
            return Result(Send(socket, start, (nuint)length, flags), out error);
        }

        LinuxMessage.Vector* vectors = stackalloc LinuxMessage.Vector[2];
        vectors[0] = new LinuxMessage.Vector { Start = head, Length = (nuint)headLength };
        vectors[1] = new LinuxMessage.Vector { Start = start, Length = (nuint)length };
        LinuxMessage message = new() { Vectors = vectors, VectorCount = 2 };
        return Result(LinuxMessage.Send(socket, &message, flags), out error);
    }

    private static int Result(nint count, out SocketError error)
    {
        error = count >= 0 ? SocketError.Success : Error(Marshal.GetLastPInvokeError());
        return (int)Math.Max(0, count);
    }

    private static SocketError Error(int code) => code switch
    {
        TryAgain => SocketError.WouldBlock,
        Interrupted => SocketError.Interrupted,
        BrokenPipe => SocketError.Shutdown,
        NetworkUnreachable => SocketError.NetworkUnreachable,
        ConnectionAborted => SocketError.ConnectionAborted,
        ConnectionReset => SocketError.ConnectionReset,
        NotConnected => SocketError.NotConnected,
        TimedOut => SocketError.TimedOut,
        HostUnreachable => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };

    [DllImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Receive(SafeHandle socket, byte* buffer, nuint length, int flags);

    [DllImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Send(SafeHandle socket, byte* buffer, nuint length, int flags);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(SafeHandle file, int command, nint argument);

    [DllImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(SafeHandle socket, int level, int name, TimeValue* value, int length);

    /// <summary><c>struct timeval</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeValue
    {
        public nint Seconds;
        public nint Microseconds;
    }
}
