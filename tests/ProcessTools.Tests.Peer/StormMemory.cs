namespace ProcessTools.Tests.Peer;

/// <summary>What the processes of a storm and its test agree on.</summary>
internal static unsafe class StormMemory
{
    /// <summary>How many permits the semaphore has.</summary>
    public const int Permits = 2;

    /// <summary>How many processes there may be at once.</summary>
    public const int MostPeers = 16;

    /// <summary>The bytes of the memory.</summary>
    public const int Size = 8192;

    private const int ProgressOffset = 4096;

    /// <summary>How many things a process has done.</summary>
    public static long* Progress(byte* memory, int number) => (long*)(memory + ProgressOffset) + number;
}
