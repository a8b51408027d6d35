using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary><c>struct msghdr</c> of glibc, and what takes one (sendmsg(2), recvmsg(2)); of musl too, where the two counts have 32 bits and the rest of the word is padding (little-endian systems).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LinuxMessage
{
    /// <summary>To whom, where the socket is not connected.</summary>
    public void* Name;

    /// <summary>The bytes of that.</summary>
    public nuint NameLength;

    /// <summary>Where the data is.</summary>
    public Vector* Vectors;

    /// <summary>In how many places.</summary>
    public nuint VectorCount;

    /// <summary>What goes with the data: descriptors.</summary>
    public void* Control;

    /// <summary>The bytes of that.</summary>
    public nuint ControlLength;

    /// <summary>What was noticed when it was received.</summary>
    public int Flags;

    /// <summary>Sends a message.</summary>
    /// <returns>How many bytes of the data went out; -1 for an error.</returns>
    [DllImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern nint Send(SafeHandle socket, LinuxMessage* message, int flags);

    /// <summary>Receives a message.</summary>
    /// <returns>How many bytes of data came; -1 for an error.</returns>
    [DllImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern nint Receive(SafeHandle socket, LinuxMessage* message, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        /// <summary>Where.</summary>
        public void* Start;

        /// <summary>How many bytes.</summary>
        public nuint Length;
    }
}
