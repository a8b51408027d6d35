namespace ProcessTools.Engine.Serialization;

/// <summary>What a message may cost. Checked while writing, and while reading before anything is allocated.</summary>
internal sealed record SerializerLimits
{
    /// <summary>The limits that everything uses unless it says otherwise.</summary>
    public static SerializerLimits Default { get; } = new();

    /// <summary>How deep containers may nest. 64 is what JSON libraries settle on; a data structure of a script is rarely deeper than 10.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>The most bytes of a message. Room for an object of 1 GiB and what is wrapped around it.</summary>
    public long MaxBytes { get; init; } = (1L << 30) + (1L << 24);

    /// <summary>The most elements of all containers of a message together; arrays of numbers count as one.</summary>
    public int MaxElements { get; init; } = 1 << 26;

    /// <summary>
    /// The most memory, as estimated, that reading a message may take. A gibibyte of ASCII text becomes two of UTF-16; small
    /// containers take far more room in memory than on the wire, which is what a hostile frame would use.
    /// </summary>
    public long MaxMemory { get; init; } = 4L << 30;
}
