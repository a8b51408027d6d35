namespace ProcessTools.Engine.Queues.Durable;

/// <summary>An item that this process has on lease.</summary>
/// <param name="Id">Its number in the queue.</param>
/// <param name="Token">Tells this lease from all others.</param>
internal readonly record struct TakenItem(long Id, long Token);
