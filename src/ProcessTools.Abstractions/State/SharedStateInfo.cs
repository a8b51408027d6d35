namespace ProcessTools;

/// <summary>What <c>Get-SharedState -ListAvailable</c> tells of a named state, without holding it.</summary>
public sealed class SharedStateInfo
{
    internal SharedStateInfo(string name, int processId, int holders, int objects, long bytes, DateTime started)
    {
        Name = name;
        ProcessId = processId;
        Holders = holders;
        Objects = objects;
        Bytes = bytes;
        Started = started;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The process that keeps it.</summary>
    public int ProcessId { get; }

    /// <summary>How many processes hold it.</summary>
    public int Holders { get; }

    /// <summary>How many objects it has.</summary>
    public int Objects { get; }

    /// <summary>About how many bytes they take.</summary>
    public long Bytes { get; }

    /// <summary>When it was made, local time.</summary>
    public DateTime Started { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
