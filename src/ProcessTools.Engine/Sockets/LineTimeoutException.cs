namespace ProcessTools.Engine.Sockets;

/// <summary>The time of a read or write is over: for streams, which have no other way to say so.</summary>
internal sealed class LineTimeoutException() : IOException("The time is over.");
