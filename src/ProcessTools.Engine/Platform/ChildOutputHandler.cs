namespace ProcessTools.Engine.Platform;

/// <summary>Takes what a child wrote, in pieces as they come, on the thread that pumps.</summary>
/// <param name="kind">Which stream it is from.</param>
/// <param name="data">The bytes; empty once per stream, at its end.</param>
internal delegate void ChildOutputHandler(ChildOutputKind kind, ReadOnlySpan<byte> data);
