using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary>Connected pairs of sockets, and descriptors that go from process to process (socketpair(2), unix(7), cmsg(3)).</summary>
internal static unsafe class LinuxSocket
{
    private const int Unix = 1;
    private const int Stream = 1;
    private const int CloseOnExec = 0x80000;
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int ReceivedCloseOnExec = 0x4000_0000;
    private const int Interrupted = 4;

    // CMSG_LEN and CMSG_SPACE of one descriptor.
    private static readonly int s_controlLength = sizeof(ControlHeader) + sizeof(int);
    private static readonly int s_controlSpace = (s_controlLength + sizeof(nuint) - 1) / sizeof(nuint) * sizeof(nuint);

    /// <summary>Makes two sockets that are connected to each other.</summary>
    public static (Socket First, Socket Second) CreatePair()
    {
        int* ends = stackalloc int[2];
        Check(SocketPair(Unix, Stream | CloseOnExec, 0, ends));
        return (Wrap(ends[0]), Wrap(ends[1]));
    }

    /// <summary>Sends a byte, and with it a socket. The receiver has a descriptor of its own; this one stays open.</summary>
    /// <exception cref="Win32Exception">Nobody can receive it any more.</exception>
    public static void Send(Socket through, Socket passed, byte data)
    {
        byte* control = stackalloc byte[s_controlSpace];
        new Span<byte>(control, s_controlSpace).Clear();
        ControlHeader* header = (ControlHeader*)control;
        header->Length = (nuint)s_controlLength;
        header->Level = SocketLevel;
        header->Type = Rights;
        bool isHeld = false;
        passed.SafeHandle.DangerousAddRef(ref isHeld);
        try
        {
            *(int*)(control + sizeof(ControlHeader)) = (int)passed.SafeHandle.DangerousGetHandle();
            LinuxMessage.Vector vector = new() { Start = &data, Length = 1 };
            LinuxMessage message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)s_controlSpace };
            while (LinuxMessage.Send(through.SafeHandle, &message, NoSignal) < 0)
            {
                ThrowUnlessInterrupted();
            }
        }
        finally
        {
            passed.SafeHandle.DangerousRelease();
        }
    }

    /// <summary>Receives a byte, and the socket that comes with it, if one does.</summary>
    /// <param name="through">The connection.</param>
    /// <param name="data">The byte.</param>
    /// <returns>The socket, or null when none came.</returns>
    /// <exception cref="Win32Exception">Nothing came in time, or nothing will come any more.</exception>
    public static Socket? Receive(Socket through, out byte data)
    {
        byte* control = stackalloc byte[s_controlSpace];
        new Span<byte>(control, s_controlSpace).Clear();
        byte received = 0;
        LinuxMessage.Vector vector = new() { Start = &received, Length = 1 };
        LinuxMessage message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)s_controlSpace };
        nint count;
        while ((count = LinuxMessage.Receive(through.SafeHandle, &message, ReceivedCloseOnExec)) < 0)
        {
            ThrowUnlessInterrupted();
        }

        const int NoData = 61;
        data = count == 1 ? received : throw new Win32Exception(NoData);
        ControlHeader* header = (ControlHeader*)control;
        return message.ControlLength >= (nuint)s_controlLength && header->Level == SocketLevel && header->Type == Rights
            ? Wrap(*(int*)(control + sizeof(ControlHeader)))
            : null;
    }

    /// <summary>
    /// Lets go of a socket that another process has too. .NET's own way shuts the connection down, for both, where a thread still uses the socket; so its descriptor is made one of nothing first.
    /// </summary>
    public static void Detach(Socket socket)
    {
        int nothing = CreateSocket(Unix, Stream | CloseOnExec, 0);
        Check(nothing);
        bool isHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            Check(Duplicate(nothing, (int)socket.SafeHandle.DangerousGetHandle(), CloseOnExec));
        }
        finally
        {
            if (isHeld)
            {
                socket.SafeHandle.DangerousRelease();
            }

            new SafeSocketHandle(nothing, ownsHandle: true).Dispose();
            socket.Dispose();
        }
    }

    private static Socket Wrap(int descriptor)
    {
        SafeSocketHandle handle = new(descriptor, ownsHandle: true);
        try
        {
            return new Socket(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    private static void ThrowUnlessInterrupted()
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw new Win32Exception(error);
        }
    }

    [DllImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SocketPair(int domain, int type, int protocol, int* ends);

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CreateSocket(int domain, int type, int protocol);

    [DllImport("libc", EntryPoint = "dup3", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor, int target, int flags);

    /// <summary><c>struct cmsghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }
}
