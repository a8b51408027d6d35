using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools;

/// <summary>What makes a worker one of a pool's: the body of the Pool message.</summary>
internal sealed class PoolWorkerStart
{
    /// <summary>The address of the lane between the two.</summary>
    public required string Lane { get; init; }

    /// <summary>The address of the pool's doorbell.</summary>
    public required string Doorbell { get; init; }

    /// <summary>The pool's name.</summary>
    public required string Name { get; init; }

    /// <summary>How deep pools are nested in the worker.</summary>
    public required int Depth { get; init; }

    /// <summary>The most memory that it may have after a task, in bytes; 0 for no limit.</summary>
    public required long MemoryLimit { get; init; }

    /// <summary>How the runspace is set up; its script is not run, its arguments are those of the initialization.</summary>
    public required WorkerStart SetUp { get; init; }

    /// <summary>Writes the fields in the protocol's order.</summary>
    public void Write(ref PayloadWriter writer)
    {
        writer.WriteString(Lane);
        writer.WriteString(Doorbell);
        writer.WriteInt32(Depth);
        writer.WriteInt64(MemoryLimit);
        SetUp.Write(ref writer, Name);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static PoolWorkerStart Read(ref PayloadReader reader)
    {
        string lane = reader.ReadText();
        string doorbell = reader.ReadText();
        int depth = reader.ReadInt32();
        long memoryLimit = reader.ReadInt64();
        WorkerStart setUp = WorkerStart.Read(ref reader);
        return new PoolWorkerStart { Lane = lane, Doorbell = doorbell, Name = setUp.Name, Depth = depth, MemoryLimit = memoryLimit, SetUp = setUp };
    }
}
