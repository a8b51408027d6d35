using System.Buffers;

namespace ProcessTools.Engine.Serialization;

/// <summary>Reads the value that an extension's bytes are.</summary>
/// <param name="payload">The bytes.</param>
/// <param name="context">The message.</param>
/// <returns>The value.</returns>
internal delegate object? ReadPayload(in ReadOnlySequence<byte> payload, ReadContext context);
