using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary><c>struct pollfd</c> of poll(2), and the call.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LinuxPoll
{
    /// <summary>POLLIN: there is something to read.</summary>
    public const short Readable = 0x001;

    private const int Interrupted = 4;

    /// <summary>The descriptor; a negative one is passed over.</summary>
    public int Descriptor;

    /// <summary>What is asked for.</summary>
    public short Events;

    /// <summary>What has happened; errors and hang-ups are told even when not asked for.</summary>
    public short ReturnedEvents;

    /// <summary>Asks whether a descriptor can be read; null is passed over.</summary>
    public static LinuxPoll For(SafeHandle? handle) =>
        new() { Descriptor = handle is null ? -1 : (int)handle.DangerousGetHandle(), Events = Readable };

    /// <summary>Waits until one of the descriptors is ready.</summary>
    /// <param name="polls">What to wait for; changed in place.</param>
    /// <param name="timeoutMilliseconds">How long at most; negative without end.</param>
    public static void Wait(LinuxPoll[] polls, int timeoutMilliseconds)
    {
        fixed (LinuxPoll* first = polls)
        {
            while (Call(first, (nuint)polls.Length, timeoutMilliseconds) < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error != Interrupted)
                {
                    throw new Win32Exception(error);
                }
            }
        }
    }

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Call(LinuxPoll* polls, nuint count, int timeoutMilliseconds);
}
