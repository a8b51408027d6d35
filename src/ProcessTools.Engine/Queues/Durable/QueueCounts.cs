namespace ProcessTools.Engine.Queues.Durable;

/// <summary>How many items there are, at one instant.</summary>
/// <param name="Ready">Those that wait.</param>
/// <param name="Leased">Those that were taken and not reported.</param>
internal readonly record struct QueueCounts(long Ready, long Leased);
