namespace ProcessTools.Engine.Queues.Durable;

/// <summary>The settings of a durable queue, which are in its file.</summary>
/// <param name="Identity">Tells it from all others.</param>
/// <param name="Capacity">The most items that wait, or null for no limit.</param>
/// <param name="Lease">How long a consumer may keep an item.</param>
/// <param name="MaxAttempts">How often an item is given out.</param>
internal sealed record QueueSettings(string Identity, long? Capacity, TimeSpan Lease, int MaxAttempts);
