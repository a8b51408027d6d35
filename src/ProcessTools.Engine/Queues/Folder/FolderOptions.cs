namespace ProcessTools.Engine.Queues.Folder;

/// <summary>What is watched, and where its files go. All paths are full.</summary>
internal sealed record FolderOptions(string Inbox)
{
    /// <summary>The name of the folder for what was dealt with, where no other is given.</summary>
    public const string DoneName = "done";

    /// <summary>The name of the folder for what could not be dealt with, where no other is given.</summary>
    public const string FailedName = "failed";

    /// <summary>How many processes may die with a file in hand before it is taken for the cause.</summary>
    public const int DefaultMaxAttempts = 5;

    /// <summary>
    /// For so long a file must not have changed. Programs that write in one go are done long before; who is slower moves the file in when it is whole.
    /// </summary>
    public static readonly TimeSpan DefaultSettle = TimeSpan.FromSeconds(0.5);

    /// <summary>Patterns with * and ?, of which a file's name must fit one; none for all files.</summary>
    public IReadOnlyList<string> Filters { get; init; } = Array.Empty<string>();

    /// <summary>Where files go that were dealt with.</summary>
    public string DoneFolder { get; init; } = Path.Combine(Inbox, DoneName);

    /// <summary>Where files go that could not be dealt with.</summary>
    public string FailedFolder { get; init; } = Path.Combine(Inbox, FailedName);

    /// <summary>For how long a file must not have changed.</summary>
    public TimeSpan Settle { get; init; } = DefaultSettle;

    /// <summary>How many processes may have a file in hand, one after the other.</summary>
    public int MaxAttempts { get; init; } = DefaultMaxAttempts;
}
