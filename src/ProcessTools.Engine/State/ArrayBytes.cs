using System.Buffers;
using System.Runtime.InteropServices;

namespace ProcessTools.Engine.State;

/// <summary>The bytes of an array's elements as <see cref="Memory{T}"/>, without a copy.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
/// <param name="array">The array; of 2 GiB at most.</param>
internal sealed unsafe class ArrayBytes<T>(T[] array) : MemoryManager<byte>
    where T : unmanaged
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(array.AsSpan());

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        GCHandle handle = GCHandle.Alloc(array, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle, this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // The handle frees itself.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The array is the garbage collector's.
    }
}
