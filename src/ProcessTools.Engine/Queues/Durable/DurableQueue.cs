using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// A queue in a file: what was put outlives all processes. Who takes an item has it on lease, and the item goes when it is reported; if it is not, because its consumer has died or the lease has ended, it goes back. Thread-safe.
/// </summary>
internal sealed partial class DurableQueue : ProcessQueue, IWaitable
{
    private static readonly object s_openGate = new();

    // What another process does shows at once, by the bell. Its death does not, nor that a lease ends, nor a bell that was killed before it rang: these are looked for.
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);

    // A writer is done in milliseconds, or after a very large item in seconds.
    private static readonly TimeSpan s_writePatience = TimeSpan.FromSeconds(60);

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
    public bool IsGone => _uses.IsClosing;

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
        string key = "durable:" + folder;
        lock (s_openGate)
        {
            if (ChannelRegistry.Find(key) is not DurableQueue { IsGone: false } queue)
            {
                (QueueBell bell, QueueStorage storage) = QueueFolder.Open(folder, options.MustExist, out report);
                queue = new DurableQueue(folder, bell, storage);
                ChannelRegistry.Add(key, queue);
            }

            queue.Configure(options);
            return queue;
        }
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
            MutexResult turn = _bell.Mutex.Acquire(s_writePatience);
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
                InTurn(_check, storage =>
                {
                    storage.WriteSettings(options);
                    return true;
                });
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
    /// <param name="check">Called now and then while waiting for the turn; null for nothing.</param>
    /// <param name="action">Changes it.</param>
    /// <param name="cancellation">Ends the wait for the turn.</param>
    /// <remarks>Not under the gate: the one whose turn it is takes that.</remarks>
    private T InTurn<T>(Action? check, Func<QueueStorage, T> action, CancellationToken cancellation = default)
    {
        if (_bell.Mutex.Acquire(s_writePatience, check, cancellation) == MutexResult.TimedOut)
        {
            throw new QueueStorageException(Path, $"process {(int)(uint)_bell.Mutex.Owner} has kept it locked for {s_writePatience.TotalSeconds} seconds. Is it stopped?");
        }

        try
        {
            lock (_gate)
            {
                try
                {
                    return action(_storage);
                }
                catch (QueueStorageFullException)
                {
                    // The log may have room that the file has not.
                    _storage.TryFree();
                    return action(_storage);
                }
            }
        }
        finally
        {
            _bell.Mutex.Release();
        }
    }

    /// <summary>Gives back what the dead have, and what was kept for too long.</summary>
    private void Reclaim()
    {
        List<(TakenItem Item, string Reason)>? lost;
        int attempts;
        lock (_gate)
        {
            _nextReclaim = Environment.TickCount64 + (long)s_lookInterval.TotalMilliseconds;
            lost = _storage.FindLost();
            attempts = lost is null ? 0 : Settings.MaxAttempts;
        }

        if (lost is not null)
        {
            InTurn(null, storage =>
            {
                storage.GiveBack(lost, attempts);
                return true;
            });
            ItemsAreBack();
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
