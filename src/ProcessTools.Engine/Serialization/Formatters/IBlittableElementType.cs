using System.Buffers;

namespace ProcessTools.Engine.Serialization;

/// <summary>An element type whose arrays are copied as they lie in memory.</summary>
internal interface IBlittableElementType
{
    /// <summary>Reads an array.</summary>
    /// <param name="bytes">Its elements, little-endian.</param>
    /// <param name="context">The message.</param>
    /// <returns>The array.</returns>
    public Array ReadBlock(in ReadOnlySequence<byte> bytes, ReadContext context);
}
