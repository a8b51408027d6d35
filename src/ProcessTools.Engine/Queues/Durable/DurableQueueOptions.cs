namespace ProcessTools.Engine.Queues.Durable;

/// <summary>What a durable queue is to be like. What is null stays as it is, and is the default in a new queue.</summary>
internal sealed record DurableQueueOptions
{
    /// <summary>The lease of a new queue.</summary>
    public static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(60);

    /// <summary>The attempts of a new queue.</summary>
    public const int DefaultAttempts = 5;

    /// <summary>The most items that wait.</summary>
    public long? Capacity { get; init; }

    /// <summary>How long a consumer may keep an item.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>How often an item is given out.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>What is on the disk when Put returns. Of this process's use of the queue; the others are the queue's.</summary>
    public QueueDurability? Durability { get; init; }

    /// <summary>True to open a queue that exists only.</summary>
    public bool MustExist { get; init; }

    /// <summary>The most pages of the file; null for SQLite's own limit. For tests of a full disk.</summary>
    public int? MaxPages { get; init; }
}
