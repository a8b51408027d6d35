using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>An element type whose arrays are copied as they lie in memory, little-endian.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <param name="code">Its number on the wire.</param>
internal sealed class BlittableElementType<T>(byte code) : ElementType<T>(code), IBlittableElementType
    where T : unmanaged
{
    /// <inheritdoc/>
    public override void WriteArray(ref MessagePackWriter writer, object owner, ReadOnlySpan<T> items, WriteContext context)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(items);
        context.Charge(bytes.Length);
        writer.WriteExtensionFormatHeader(new ExtensionHeader(WireCode.PrimitiveArray, checked(bytes.Length + 1)));
        Span<byte> span = writer.GetSpan(bytes.Length + 1);
        span[0] = Code;
        bytes.CopyTo(span[1..]);
        SwapIfNeeded(span.Slice(1, bytes.Length));
        writer.Advance(bytes.Length + 1);
    }

    /// <inheritdoc/>
    public Array ReadBlock(in ReadOnlySequence<byte> bytes, ReadContext context)
    {
        long count = bytes.Length / Unsafe.SizeOf<T>();
        if (count * Unsafe.SizeOf<T>() != bytes.Length || count > Array.MaxLength)
        {
            throw new InvalidDataFrameException($"The data has an array of {typeof(T).Name} in {bytes.Length} bytes.");
        }

        context.Charge(bytes.Length);
        T[] items = GC.AllocateUninitializedArray<T>((int)count);
        Span<byte> span = MemoryMarshal.AsBytes(items.AsSpan());
        bytes.CopyTo(span);
        SwapIfNeeded(span);
        if (typeof(T) == typeof(bool))
        {
            // Any other byte would be a Boolean that is neither true nor false.
            foreach (ref byte value in span)
            {
                value = value == 0 ? (byte)0 : (byte)1;
            }
        }

        return items;
    }

    private static void SwapIfNeeded(Span<byte> bytes)
    {
        int size = Unsafe.SizeOf<T>();
        if (!BitConverter.IsLittleEndian && size > 1)
        {
            for (int i = 0; i < bytes.Length; i += size)
            {
                bytes.Slice(i, size).Reverse();
            }
        }
    }
}
