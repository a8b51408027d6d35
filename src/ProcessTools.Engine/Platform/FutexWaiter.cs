using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary>Linux's <c>struct futex_waitv</c>: one of the words that futex_waitv(2) waits on.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FutexWaiter
{
    private const uint Size32 = 2;

    private ulong _value;
    private ulong _address;
    private uint _flags;
    private readonly uint _reserved;

    /// <summary>A word of 32 bits that other processes map too, and the value to wait on.</summary>
    public static FutexWaiter For(nint word, int expected) => new() { _value = (uint)expected, _address = (ulong)word, _flags = Size32 };
}
