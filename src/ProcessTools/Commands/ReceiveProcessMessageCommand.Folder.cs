using System.Management.Automation;
using ProcessTools.Engine.Queues.Folder;

namespace ProcessTools.Commands;

/// <summary>The part of the command that takes files out of a watched folder.</summary>
public sealed partial class ReceiveProcessMessageCommand
{
    private const string FolderSet = "Folder";

    /// <summary>The watched folder.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FolderSet)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = null!;

    /// <summary>What the names of its files are like.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [ValidateNotNullOrEmpty]
    public string[] Filter { get; set; } = [];

    /// <summary>Where files go that were dealt with.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [ValidateNotNullOrEmpty]
    public string? DoneFolder { get; set; }

    /// <summary>Where files go that could not be dealt with.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [ValidateNotNullOrEmpty]
    public string? FailedFolder { get; set; }

    /// <summary>For how long a file must not have changed.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [TimeoutTransformation]
    public TimeSpan? SettleSeconds { get; set; }

    /// <summary>How many processes may die with a file in hand.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxAttempt { get; set; }

    /// <summary>The script says what becomes of each file.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    public SwitchParameter Manual { get; set; }

    private void ReceiveFiles()
    {
        FolderOptions options = new(FolderPath(Path)) { Filters = Filter };
        options = options with
        {
            DoneFolder = DoneFolder is null ? options.DoneFolder : FolderPath(DoneFolder),
            FailedFolder = FailedFolder is null ? options.FailedFolder : FolderPath(FailedFolder),
            Settle = SettleSeconds ?? options.Settle,
            MaxAttempts = MaxAttempt ?? options.MaxAttempts,
        };
        if (!ShouldProcess(options.Inbox, "Take files and move them to the folder of those done or failed"))
        {
            return;
        }

        using FolderSource source = new(options);
        for (long left = HasCount ? Count : long.MaxValue; left > 0; left--)
        {
            if (source.TryReceive(TimeoutSeconds, WriteWarning, PipelineStopped) is not { } message)
            {
                // Who has not said how many has asked for what comes in this time.
                if (HasCount)
                {
                    Report(new MessageTimeoutException(Path, TimeoutSeconds));
                }

                return;
            }

            Deliver(message);
        }
    }

    /// <summary>Writes a file; when the commands behind this one return, they have dealt with it.</summary>
    private void Deliver(FolderMessage message)
    {
        try
        {
            WriteObject(message);
        }
        catch (Exception exception)
        {
            SettleUnfinished(message, exception);
            throw;
        }

        if (!Manual && message.State == FolderMessageState.Claimed)
        {
            Settle(message, message.Complete);
        }
    }

    /// <summary>Moves a file to where it stays. Where that cannot be, it goes back, so that it can be taken again when the reason is gone.</summary>
    private void Settle(FolderMessage message, Action move)
    {
        try
        {
            move();
        }
        catch (FolderAccessException)
        {
            Quietly(message.Return);
            throw;
        }
    }

    /// <summary>Says what becomes of a file at whose delivery the pipeline ended.</summary>
    private void SettleUnfinished(FolderMessage message, Exception exception) => Quietly(() =>
    {
        if (message.State != FolderMessageState.Claimed)
        {
            // The script has said so itself.
        }
        else if (Stopping || PipelineStopped.IsCancellationRequested)
        {
            // Ctrl+C: nobody has dealt with it, and it is not its fault.
            message.Return();
        }
        else if (PipelineEnd.ErrorOf(this, exception) is { } error)
        {
            Settle(message, () => message.Fail(error));
        }
        else if (!Manual)
        {
            // Select-Object -First, break, exit: it was delivered, and no more are wanted.
            Settle(message, message.Complete);
        }
    });

    /// <summary>A path of this session as one of the file system.</summary>
    private string FolderPath(string path)
    {
        string found = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.Name == "FileSystem"
            ? System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(found))
            : throw new FolderAccessException(path, $"it is a path of {provider.Name}, not of the file system.");
    }
}
