namespace ProcessTools;

/// <summary>An item of a durable queue that was given out as often as the queue allows and never reported as done.</summary>
public sealed class DeadLetter
{
    internal DeadLetter(long id, object? item, int attempts, string lastError, DateTime time)
    {
        Id = id;
        Item = item;
        Attempts = attempts;
        LastError = lastError;
        Time = time;
    }

    /// <summary>Its number in the queue.</summary>
    public long Id { get; }

    /// <summary>The item, or null when it cannot be read; <see cref="LastError"/> says so then.</summary>
    public object? Item { get; }

    /// <summary>How often it was given out.</summary>
    public int Attempts { get; }

    /// <summary>How the last attempt ended.</summary>
    public string LastError { get; }

    /// <summary>When it was given up, in local time.</summary>
    public DateTime Time { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {LastError}";
}
