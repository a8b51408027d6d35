using System.Globalization;
using System.Management.Automation;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Folder;

/// <summary>A file in this process's hand.</summary>
internal sealed class ClaimedFile : FolderMessage
{
    private readonly object _gate = new();
    private readonly FolderOptions _options;
    private readonly FolderClaims _claims;
    private readonly string _slot;
    private volatile string _path;
    private volatile FolderMessageState _state;

    /// <summary>Takes charge of a file.</summary>
    /// <param name="options">Where it may go.</param>
    /// <param name="claims">This process's place; kept until the file is settled.</param>
    /// <param name="file">The file, in a slot of its own.</param>
    /// <param name="attempts">How many have had it in hand.</param>
    public ClaimedFile(FolderOptions options, FolderClaims claims, FileInfo file, int attempts)
    {
        _options = options;
        _claims = claims;
        _slot = file.DirectoryName!;
        _path = file.FullName;
        Name = file.Name;
        Attempts = attempts;
        Length = file.Exists ? file.Length : 0;
        LastWriteTime = file.LastWriteTime;
        claims.Enter();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string FullName => _path;

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override DateTime LastWriteTime { get; }

    /// <inheritdoc/>
    public override int Attempts { get; }

    /// <inheritdoc/>
    public override FolderMessageState State => _state;

    /// <inheritdoc/>
    public override void Complete() => Settle(FolderMessageState.Done, "completed", _options.DoneFolder, () => FolderMoves.Into(_options.DoneFolder, _path, Name));

    /// <inheritdoc/>
    public override void Fail(object? reason = null) => Settle(FolderMessageState.Failed, "failed", _options.FailedFolder, () =>
    {
        string path = FolderMoves.Into(_options.FailedFolder, _path, Name);
        FolderMoves.Explain(path, Describe(reason));
        return path;
    });

    /// <inheritdoc/>
    public override void Return() => Settle(FolderMessageState.Returned, "given back", _options.Inbox, () =>
    {
        string inInbox = Path.Combine(_options.Inbox, Name);
        if (Attempts == 1 && PlatformServices.Current.TryMoveNew(_path, inInbox) == true)
        {
            return inInbox;
        }

        // There may be another of its name by now, and what others died with keeps its count.
        string slot = FolderLayout.NewReturnedSlot(_options.Inbox, Attempts - 1);
        Directory.Move(_slot, slot);
        return Path.Combine(slot, Name);
    });

    private void Settle(FolderMessageState state, string wish, string folder, Func<string> move)
    {
        lock (_gate)
        {
            if (_state == state)
            {
                return;
            }

            if (_state != FolderMessageState.Claimed)
            {
                throw new FolderMessageSettledException(this, wish);
            }

            try
            {
                _path = move();
                _state = state;
            }
            catch (Exception exception) when (FolderFaults.IsOfFiles(exception))
            {
                throw new FolderAccessException(folder, $"the file '{_path}' cannot be moved there: {exception.Message}", exception);
            }
        }

        _claims.GiveSlot(_slot);
        _claims.Leave();
    }

    private string Describe(object? reason)
    {
        object? bare = reason is PSObject wrapped ? wrapped.BaseObject : reason;
        ErrorRecord? record = bare as ErrorRecord ?? (bare as IContainsErrorRecord)?.ErrorRecord;
        string?[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"{Name}, attempt {Attempts}, failed at {DateTimeOffset.Now:yyyy-MM-dd HH:mm:ss zzz} in process {Environment.ProcessId} of {Environment.MachineName}."),
            record is null ? null : $"{record.FullyQualifiedErrorId}: {record.Exception.Message}",
            record is null ? (bare as Exception)?.ToString() ?? bare?.ToString() : null,
            record?.InvocationInfo?.PositionMessage,
            record?.ScriptStackTrace,
        ];
        return string.Join(Environment.NewLine, lines.Where(static line => !string.IsNullOrWhiteSpace(line))) + Environment.NewLine;
    }
}
