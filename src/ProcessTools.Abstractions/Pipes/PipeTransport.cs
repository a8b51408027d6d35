namespace ProcessTools;

/// <summary>What a pipe that <c>New-ProcessPipe</c> makes goes through.</summary>
public enum PipeTransport
{
    /// <summary>Shared memory: the fastest, with the full profile of objects.</summary>
    SharedMemory,

    /// <summary>A connected pair of sockets (Python's <c>socket.socketpair</c>): bytes as a stream too, and objects of the plain profile, which any language reads.</summary>
    Socket,
}
