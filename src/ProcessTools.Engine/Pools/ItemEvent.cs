namespace ProcessTools.Engine.Pools;

/// <summary>Something that an item wrote, or its end.</summary>
/// <param name="Kind">Output, the stream of a record, or Done for the end.</param>
/// <param name="Value">What was written; for the end a <see cref="TaskEnd"/>, or null for an ordinary one.</param>
/// <param name="Index">The item's place.</param>
/// <param name="Input">The item.</param>
/// <param name="Worker">The process that wrote it.</param>
internal readonly record struct ItemEvent(PoolMessageKind Kind, object? Value, long Index, object? Input, int Worker);
