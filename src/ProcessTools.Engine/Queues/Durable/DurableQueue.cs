using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// A queue in a file: what was put outlives all processes. Who takes an item has it on lease, and the item goes when it is reported; if it is not, because its consumer has died or the lease has ended, it goes back. Thread-safe.
/// </summary>
internal sealed partial class DurableQueue : ProcessQueue, IWaitable
{
    private const string PathKey = "durable:";
    private const string IdentityKey = "durable-id:";

    private static readonly object s_openGate = new();

    // What another process does shows at once, by the bell. Its death does not, nor that a lease ends, nor a bell that was killed before it rang: these are looked for.
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);

    // A writer is done in milliseconds, or after a very large item in seconds. One that is stopped holds up others for no longer than this.
    private static readonly TimeSpan s_mostPatience = TimeSpan.FromSeconds(60);

    // A call that is not to wait for an item waits for its turn all the same, so that "full" and "empty" are true.
    private static readonly TimeSpan s_leastPatience = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly QueueBell _bell;
    private readonly QueueStorage _storage;
    private readonly Action _check;
    private QueueSettings _settings;
    private long _settingsSeen;
    private long _emptySeen = -1;
    private long _emptyUntil;
    private long _nextReclaim;
    private UseCount _uses = new();

    private DurableQueue(string path, QueueBell bell, QueueStorage storage)
    {
        Path = path;
        _bell = bell;
        _storage = storage;
        _check = Check;

        // Who opens it alone after this one repairs it.
        storage.WhenDamaged = () => bell.IsDamaged = true;
        _settingsSeen = bell.Settings;
        _settings = storage.ReadSettings();
        Id = _settings.Identity;
    }

    ~DurableQueue() => Dispose(disposing: false);

    /// <inheritdoc/>
    public override string? Name => null;

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override string Id { get; }

    /// <summary>True once this process has let go of it.</summary>
    internal bool IsGone => _uses.IsClosing;

    /// <inheritdoc/>
    public override bool IsClosed => Read(static queue => queue._bell.IsClosed, whenGone: true);

    /// <inheritdoc/>
    public override long? Capacity => Read(static queue => queue.CurrentSettings().Capacity, whenGone: null);

    /// <inheritdoc/>
    public override TimeSpan? LeaseTime => Read(static queue => queue.CurrentSettings().Lease, whenGone: _settings.Lease);

    /// <inheritdoc/>
    public override int? MaxAttempts => Read(static queue => queue.CurrentSettings().MaxAttempts, whenGone: _settings.MaxAttempts);

    /// <inheritdoc/>
    public override QueueDurability? Durability => _storage.Durability;

    /// <inheritdoc/>
    public override long Count => Read(static queue => queue.CountNow().Ready, whenGone: 0);

    /// <inheritdoc/>
    public override long UnfinishedTasks => Read(static queue => queue.CountNow() is var counts ? counts.Ready + counts.Leased : 0, whenGone: 0);

    /// <inheritdoc/>
    public override DeadLetter[] DeadLetters => Read(static queue => queue.ReadDeadLetters(), whenGone: []);

    /// <summary>The settings. Under the gate.</summary>
    private QueueSettings Settings
    {
        get
        {
            if (_bell.Settings is long seen && seen != _settingsSeen)
            {
                _settings = _storage.ReadSettings();
                _settingsSeen = seen;
            }

            return _settings;
        }
    }

    /// <summary>Opens the queue of a folder, and makes it where there is none.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">What it is to be like.</param>
    /// <param name="report">What had to be repaired, for a warning; or null.</param>
    /// <exception cref="QueueStorageException">It cannot be opened.</exception>
    /// <exception cref="QueueStorageFullException">There is no room for it.</exception>
    /// <exception cref="ChannelGoneException">It must exist, and does not.</exception>
    public static DurableQueue Open(string path, DurableQueueOptions options, out string? report)
    {
        report = null;
        string folder = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        lock (s_openGate)
        {
            DurableQueue queue = Find(PathKey + folder) ?? OpenNew(folder, options.MustExist, out report);
            queue.Configure(options);
            return queue;
        }
    }

    private static DurableQueue? Find(string key) => ChannelRegistry.Find(key) is DurableQueue { IsGone: false, _storage.IsThere: true } queue ? queue : null;

    private static DurableQueue OpenNew(string folder, bool mustExist, out string? report)
    {
        (QueueBell bell, QueueStorage storage) = QueueFolder.Open(folder, mustExist, out report);
        DurableQueue queue = new(folder, bell, storage);
        if (Find(IdentityKey + queue.Id) is { } known)
        {
            // The same folder by another path: a symbolic link.
            queue.Dispose();
            queue = known;
        }
        else
        {
            ChannelRegistry.Add(IdentityKey + queue.Id, queue);
        }

        ChannelRegistry.Add(PathKey + folder, queue);
        return queue;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (!_uses.TryEnter())
        {
            return;
        }

        try
        {
            // In turn with the producers: nobody puts anything in after consumers were told that nothing will come.
            MutexResult turn = _bell.Mutex.Acquire(s_leastPatience, _check, CancellationToken.None);
            _bell.IsClosed = true;
            if (turn != MutexResult.TimedOut)
            {
                _bell.Mutex.Release();
            }

            _bell.WakeAll();
        }
        finally
        {
            Leave();
        }
    }

    private void Configure(DurableQueueOptions options)
    {
        Enter();
        try
        {
            lock (_gate)
            {
                _storage.Durability = options.Durability ?? _storage.Durability;
                if (options.MaxPages is int pages)
                {
                    _storage.Limit(pages);
                }
            }

            if (options.Capacity is not null || options.Lease is not null || options.MaxAttempts is not null)
            {
                InTurn(storage => storage.WriteSettings(options));
                _bell.CountSettings();

                // There may be room now.
                _bell.WakeAll();
            }
        }
        finally
        {
            Leave();
        }
    }

    private QueueSettings CurrentSettings()
    {
        lock (_gate)
        {
            return Settings;
        }
    }

    private QueueCounts CountNow()
    {
        Reclaim();
        lock (_gate)
        {
            return _storage.Count();
        }
    }

    private DeadLetter[] ReadDeadLetters()
    {
        Reclaim();
        lock (_gate)
        {
            return [.. _storage.ReadDead()];
        }
    }

    /// <summary>Changes the file, in turn with other processes and threads.</summary>
    private T InTurn<T>(Func<QueueStorage, T> action) =>
        TryInTurn(action, s_mostPatience, _check, CancellationToken.None, out T? result) ? result : throw StoppedHolder();

    /// <summary>Changes the file, in turn with other processes and threads, if the turn comes in time.</summary>
    private T InTurn<T>(Func<QueueStorage, T> action, Deadline deadline, T whenOver, CancellationToken cancellation, bool mayUseReserve = true)
    {
        TimeSpan left = deadline.Left;
        TimeSpan patience = left < s_leastPatience ? s_leastPatience : left < s_mostPatience ? left : s_mostPatience;
        return TryInTurn(action, patience, _check, cancellation, out T? result, mayUseReserve) ? result
            : deadline.Left <= TimeSpan.Zero ? whenOver
            : throw StoppedHolder();
    }

    /// <summary>Changes the file, in turn with other processes and threads.</summary>
    /// <param name="action">Changes it.</param>
    /// <param name="patience">How long to wait for the turn.</param>
    /// <param name="check">Called now and then while waiting; null for nothing.</param>
    /// <param name="cancellation">Ends the wait for the turn.</param>
    /// <param name="result">What the action returned.</param>
    /// <param name="mayUseReserve">True for what must be possible on a full disk too, because it makes room in the end.</param>
    /// <returns>False when the turn did not come in time.</returns>
    /// <remarks>Not under the gate: the one whose turn it is takes that.</remarks>
    private bool TryInTurn<T>(Func<QueueStorage, T> action, TimeSpan patience, Action? check, CancellationToken cancellation, [MaybeNullWhen(false)] out T result, bool mayUseReserve = true)
    {
        Deadline deadline = Deadline.After(patience);
        while (true)
        {
            TimeSpan left = deadline.Left;
            if (_bell.Mutex.Acquire(left > TimeSpan.Zero ? left : TimeSpan.Zero, check, cancellation) == MutexResult.TimedOut)
            {
                result = default;
                return false;
            }

            try
            {
                lock (_gate)
                {
                    result = Act(action, mayUseReserve);
                    return true;
                }
            }
            catch (QueueStorageException exception) when (exception.IsLocked && deadline.Left > TimeSpan.Zero)
            {
                // Another program, which knows nothing of turns.
            }
            finally
            {
                _bell.Mutex.Release();
            }
        }
    }

    private T Act<T>(Func<QueueStorage, T> action, bool mayUseReserve)
    {
        if (!mayUseReserve && _bell.IsReserveSpent)
        {
            // Not before there is room again, on the disk or in the file: consumers need what there is.
            _bell.IsReserveSpent = !QueueReserve.TryMake(Path);
            if (_bell.IsReserveSpent && _storage.UnusedBytes < QueueReserve.Size)
            {
                throw new QueueStorageFullException(Path);
            }
        }

        try
        {
            return action(_storage);
        }
        catch (QueueStorageFullException)
        {
            // The log may have room that the file has not.
            _storage.TryFree();
        }

        try
        {
            return action(_storage);
        }
        catch (QueueStorageFullException) when (mayUseReserve && QueueReserve.TryUse(Path))
        {
            _bell.IsReserveSpent = true;
            _storage.TryFree();
        }

        return action(_storage);
    }

    private QueueStorageException StoppedHolder() => new(
        Path, string.Create(CultureInfo.InvariantCulture, $"process {(int)(uint)_bell.Mutex.Owner} has kept it locked for {s_mostPatience.TotalSeconds} seconds. Is it stopped? Continue or end it, and try again."));

    /// <summary>Gives back what the dead have, and what was kept for too long. If that cannot be done now it can later: whoever looks then does it.</summary>
    private void Reclaim()
    {
        List<(TakenItem Item, string Reason)>? lost;
        int attempts;
        lock (_gate)
        {
            _nextReclaim = Environment.TickCount64 + (long)s_lookInterval.TotalMilliseconds;
            if (!_storage.IsThere)
            {
                throw new QueueStorageException(Path, "its folder was deleted while it was in use. Dispose of the queue, and make it anew.");
            }

            lost = _storage.FindLost();
            attempts = lost is null ? 0 : Settings.MaxAttempts;
        }

        try
        {
            if (lost is not null && TryInTurn(storage => storage.GiveBack(lost, attempts), s_leastPatience, _check, CancellationToken.None, out _))
            {
                ItemsAreBack();
            }
        }
        catch (QueueStorageFullException)
        {
            // No room for that either.
        }
    }

    private void ItemsAreBack()
    {
        _bell.CountChange();
        _bell.ItemSpot.WakeIfWaiting();

        // An item that was given up is none that joiners wait for.
        _bell.DoneSpot.WakeIfWaiting();
    }

    private void ReclaimIfDue()
    {
        if (Environment.TickCount64 >= Volatile.Read(ref _nextReclaim))
        {
            Reclaim();
        }
    }

    private void Check()
    {
        PipelineStop.ThrowIfStopping();
        if (_uses.IsClosing)
        {
            throw new QueueClosedException(this, isDrained: false);
        }
    }
}
