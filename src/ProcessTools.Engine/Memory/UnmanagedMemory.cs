using System.Buffers;

namespace ProcessTools.Engine.Memory;

/// <summary>Mapped memory as <see cref="Memory{T}"/>, for readers that take that. Who gives it out keeps the memory mapped as long as it is read.</summary>
/// <param name="pointer">Where it begins.</param>
/// <param name="length">How many bytes it has.</param>
internal sealed unsafe class UnmanagedMemory(byte* pointer, int length) : MemoryManager<byte>
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(pointer, length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(pointer + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
        // It does not move.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The segment's owner unmaps it.
    }
}
