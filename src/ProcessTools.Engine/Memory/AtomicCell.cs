using System.Runtime.CompilerServices;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Atomic operations on one element of 1, 2, 4 or 8 bytes in shared memory, aligned to its size. Elements are compared by their bits.
/// </summary>
/// <remarks>
/// <para>
/// An aligned element of up to 8 bytes is read and written whole by the processor. What changes one is an interlocked operation, which is a full fence, also where a plain store would do: when a write
/// returns, every other process sees it, so that the operations of all processes on one element have one order that agrees with the clock.
/// </para>
/// <para>
/// Processors of this runtime compare and exchange 4 or 8 bytes. An element of 1 or 2 bytes is changed by compare-and-exchange of the aligned 4 bytes that it lies in: its neighbours are written with what they were, and only if they still
/// are; a change of a neighbour meanwhile makes the exchange fail, and it is tried again. Whoever has an element of this kind has those 4 bytes: memory for elements is a multiple of 4 bytes long.
/// </para>
/// </remarks>
internal static unsafe class AtomicCell
{
    private const int WordMask = sizeof(int) - 1;

    /// <summary>Reads an element.</summary>
    public static T Read<T>(byte* cell)
        where T : unmanaged => sizeof(T) switch
        {
            sizeof(byte) => Unsafe.BitCast<byte, T>(Volatile.Read(ref *cell)),
            sizeof(short) => Unsafe.BitCast<short, T>(Volatile.Read(ref *(short*)cell)),
            sizeof(int) => Unsafe.BitCast<int, T>(Volatile.Read(ref *(int*)cell)),
            _ => Unsafe.BitCast<long, T>(Volatile.Read(ref *(long*)cell)),
        };

    /// <summary>Writes an element.</summary>
    /// <returns>What it was before.</returns>
    public static T Exchange<T>(byte* cell, T value)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(long))
        {
            return Unsafe.BitCast<long, T>(Interlocked.Exchange(ref *(long*)cell, Unsafe.BitCast<T, long>(value)));
        }

        if (sizeof(T) == sizeof(int))
        {
            return Unsafe.BitCast<int, T>(Interlocked.Exchange(ref *(int*)cell, Unsafe.BitCast<T, int>(value)));
        }

        while (true)
        {
            T before = Read<T>(cell);
            if (TryReplace(cell, value, before))
            {
                return before;
            }
        }
    }

    /// <summary>Writes an element if it is what is expected.</summary>
    /// <returns>False when it was something else; then nothing was written.</returns>
    public static bool TryReplace<T>(byte* cell, T value, T expected)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(long))
        {
            long bits = Unsafe.BitCast<T, long>(expected);
            return Interlocked.CompareExchange(ref *(long*)cell, Unsafe.BitCast<T, long>(value), bits) == bits;
        }

        if (sizeof(T) == sizeof(int))
        {
            int bits = Unsafe.BitCast<T, int>(expected);
            return Interlocked.CompareExchange(ref *(int*)cell, Unsafe.BitCast<T, int>(value), bits) == bits;
        }

        return sizeof(T) == sizeof(short)
            ? TryReplacePart(cell, sizeof(short), Unsafe.BitCast<T, ushort>(value), Unsafe.BitCast<T, ushort>(expected))
            : TryReplacePart(cell, sizeof(byte), Unsafe.BitCast<T, byte>(value), Unsafe.BitCast<T, byte>(expected));
    }

    private static bool TryReplacePart(byte* cell, int size, uint value, uint expected)
    {
        int offset = (int)((nuint)cell & WordMask);
        uint* word = (uint*)(cell - offset);
        int shift = 8 * (BitConverter.IsLittleEndian ? offset : sizeof(int) - size - offset);
        uint mask = (size == sizeof(short) ? (uint)ushort.MaxValue : byte.MaxValue) << shift;
        while (true)
        {
            uint before = Volatile.Read(ref *word);
            if ((before & mask) != expected << shift)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref *word, (before & ~mask) | (value << shift), before) == before)
            {
                return true;
            }
        }
    }
}
