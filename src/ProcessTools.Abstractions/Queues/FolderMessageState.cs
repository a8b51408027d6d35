namespace ProcessTools;

/// <summary>What has become of a file that was taken out of a watched folder.</summary>
public enum FolderMessageState
{
    /// <summary>This process has it in hand. When the process ends, another gets it.</summary>
    Claimed,

    /// <summary>It was dealt with and is in the folder for such files.</summary>
    Done,

    /// <summary>It could not be dealt with and is in the folder for such files.</summary>
    Failed,

    /// <summary>It was given back, for whoever looks next.</summary>
    Returned,
}
