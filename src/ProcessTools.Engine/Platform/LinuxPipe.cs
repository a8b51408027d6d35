using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>Pipes whose ends no child inherits by accident.</summary>
internal static unsafe class LinuxPipe
{
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;

    /// <summary>Makes a pipe.</summary>
    public static (SafeFileHandle Reader, SafeFileHandle Writer) Create()
    {
        int* ends = stackalloc int[2];
        if (Pipe2(ends, CloseOnExec) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Reads what there is; blocks while there is nothing.</summary>
    /// <returns>The number of bytes; 0 at the end, and also on an error, which ends the stream for us as well.</returns>
    public static int Read(SafeFileHandle reader, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint count = Read(reader, start, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                if (Marshal.GetLastPInvokeError() != Interrupted)
                {
                    return 0;
                }
            }
        }
    }

    /// <summary>Writes a few bytes, which a pipe takes as a whole (up to 4096).</summary>
    /// <returns>False where nobody can read them any more.</returns>
    public static bool Write(SafeFileHandle writer, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return !writer.IsClosed && Write(writer, start, (nuint)bytes.Length) == bytes.Length;
        }
    }

    [DllImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Pipe2(int* ends, int flags);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(SafeFileHandle descriptor, byte* buffer, nuint count);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(SafeFileHandle descriptor, byte* buffer, nuint count);
}
