using System.Management.Automation;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// What a durable queue keeps in its file. The bodies of items stay where they were put; small tables beside them say by the same numbers which wait, which are taken and by whom, and which are given up. So an
/// item that is taken and given back costs some bytes, however large it is. For one thread at a time.
/// </summary>
internal sealed partial class QueueStorage : IDisposable
{
    /// <summary>The name of the file in the queue's folder.</summary>
    public const string FileName = "queue.db";

    // "PTQU"
    private const int ApplicationId = 0x50545155;
    private const int Version = 1;
    private const int IdentityLength = 32;
    private const long MostLease = long.MaxValue / TimeSpan.TicksPerMillisecond;
    private const string ReadSettingsSql = "SELECT identity, capacity, lease, attempts FROM settings";
    private const string Schema = """
        CREATE TABLE settings(one INTEGER PRIMARY KEY CHECK(one = 1), identity TEXT NOT NULL, capacity INTEGER, lease INTEGER NOT NULL, attempts INTEGER NOT NULL);
        CREATE TABLE bodies(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE TABLE ready(id INTEGER PRIMARY KEY, attempts INTEGER NOT NULL);
        CREATE TABLE leases(id INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, token INTEGER NOT NULL, domain INTEGER NOT NULL, process INTEGER NOT NULL, ends INTEGER NOT NULL);
        CREATE TABLE dead(id INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, error TEXT NOT NULL, time INTEGER NOT NULL);
        """;

    private readonly string _queue;
    private readonly SqliteDatabase _database;
    private readonly string? _fileIdentity;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _readCounts;
    private readonly SqliteStatement _readSettings;
    private QueueDurability? _level;

    private QueueStorage(string queue, SqliteDatabase database)
    {
        _queue = queue;
        _database = database;
        _fileIdentity = PlatformServices.Current.FindFileIdentity(database.File);
        _begin = database.Statement("BEGIN IMMEDIATE");
        _commit = database.Statement("COMMIT");
        _readCounts = database.Statement("SELECT (SELECT count(*) FROM ready), (SELECT count(*) FROM leases)");
        _readSettings = database.Statement(ReadSettingsSql);
        PrepareItems();
        PrepareReturns();
    }

    /// <summary>Called when the file turns out to be damaged.</summary>
    public Action? WhenDamaged
    {
        set => _database.WhenDamaged = value;
    }

    /// <summary>What is on the disk when a call returns.</summary>
    public QueueDurability Durability { get; set; }

    /// <summary>Opens the file, and makes it where there is none.</summary>
    /// <param name="queue">The queue's folder.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="QueueStorageException">It cannot be opened, or is something else.</exception>
    /// <exception cref="QueueDamagedException">It is damaged.</exception>
    public static QueueStorage Open(string queue, string file)
    {
        SqliteDatabase database = SqliteDatabase.Open(queue, file);
        try
        {
            // Nothing in the file may run anything, and a damaged page is found when it is read.
            database.Run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864");
            Format(queue, database);
            database.LimitWaits();
            return new QueueStorage(queue, database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Looks through all of the file.</summary>
    /// <returns>What is wrong, or null.</returns>
    /// <exception cref="PipelineStoppedException">The caller's pipeline is being stopped.</exception>
    public string? FindDamage() => _database.WhileStoppable(() => _database.Text("PRAGMA quick_check(1)")) is var found && found == "ok" ? null : found;

    /// <summary>How many items wait, and are taken.</summary>
    public QueueCounts Count()
    {
        bool isThere = _readCounts.Step();
        QueueCounts counts = isThere ? new QueueCounts(_readCounts.Int64(0), _readCounts.Int64(1)) : default;
        _readCounts.Reset();
        return counts;
    }

    /// <summary>The queue's settings.</summary>
    public QueueSettings ReadSettings()
    {
        try
        {
            QueueSettings? settings = _readSettings.Step() ? SettingsOf(_readSettings) : null;
            return settings ?? throw _database.Damage("its settings are missing");
        }
        finally
        {
            _readSettings.Reset();
        }
    }

    /// <summary>Changes the queue's settings.</summary>
    /// <returns>True.</returns>
    public bool WriteSettings(DurableQueueOptions options)
    {
        using SqliteStatement update = _database.Once("UPDATE settings SET capacity = coalesce(?1, capacity), lease = coalesce(?2, lease), attempts = coalesce(?3, attempts)");
        update.Bind(1, options.Capacity).Bind(2, options.Lease is { } lease ? (long)lease.TotalMilliseconds : null).Bind(3, options.MaxAttempts);
        Write(isKept: true, update.Run);
        return true;
    }

    /// <summary>False when somebody has deleted the file, which is kept only as long as it is open, or has put another in its place.</summary>
    public bool IsThere => _fileIdentity is null ? File.Exists(_database.File) : PlatformServices.Current.FindFileIdentity(_database.File) == _fileIdentity;

    /// <summary>The bytes of the file in which nothing is now.</summary>
    public long UnusedBytes => _database.Number("PRAGMA freelist_count") * _database.Number("PRAGMA page_size");

    /// <summary>Lets the file have no more than so many pages.</summary>
    public void Limit(int pages) => _database.Run($"PRAGMA max_page_count = {pages}");

    /// <summary>Gives room on the disk free that can be given free, for a disk that is full.</summary>
    public void TryFree()
    {
        try
        {
            _database.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (ProcessToolsException)
        {
            // There was nothing to gain.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    /// <summary>The settings of a row, or null when they cannot be.</summary>
    private static QueueSettings? SettingsOf(SqliteStatement row)
    {
        string identity = row.Text(0);
        long? capacity = row.IsNull(1) ? null : row.Int64(1);
        long lease = row.Int64(2);
        long attempts = row.Int64(3);
        return identity.Length == IdentityLength && capacity is null or > 0 && lease is > 0 and <= MostLease && attempts is > 0 and <= int.MaxValue
            ? new QueueSettings(identity, capacity, TimeSpan.FromMilliseconds(lease), (int)attempts)
            : null;
    }

    private static void Format(string queue, SqliteDatabase database)
    {
        long found = database.Number("PRAGMA application_id");
        if (found == ApplicationId)
        {
            long version = database.Number("PRAGMA user_version");
            if (version != Version)
            {
                throw new QueueStorageException(queue, $"it was written by another version of ProcessTools (format {version}, not {Version}).");
            }

            return;
        }

        if (found != 0 || database.Number("SELECT count(*) FROM sqlite_schema") != 0)
        {
            throw new QueueStorageException(queue, $"its file {FileName} is a database of another program. Take another folder.");
        }

        if (database.Text("PRAGMA journal_mode = WAL") != "wal")
        {
            throw new QueueStorageException(queue, "its file system cannot share memory between processes, as network drives cannot. Take a folder of a local disk.");
        }

        database.Run(
            $"BEGIN IMMEDIATE; {Schema} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}; INSERT INTO settings VALUES (1, '{Guid.NewGuid():N}', NULL, {DurableQueueOptions.DefaultLease.TotalMilliseconds}, {DurableQueueOptions.DefaultAttempts}); COMMIT");
    }

    /// <summary>Runs what changes the file as one step: all of it, or nothing.</summary>
    /// <param name="isKept">True for what a power cut must not undo, as far as the queue's durability promises.</param>
    /// <param name="action">Changes the file.</param>
    private void Write(bool isKept, Action action)
    {
        Begin(isKept);
        try
        {
            action();
            _commit.Run();
        }
        finally
        {
            RollbackIfOpen();
        }
    }

    private void Begin(bool isKept)
    {
        QueueDurability level = isKept || Durability != QueueDurability.Full ? Durability : QueueDurability.Normal;
        if (level != _level)
        {
            _database.Run(level switch
            {
                QueueDurability.Full => "PRAGMA synchronous = FULL",
                QueueDurability.Normal => "PRAGMA synchronous = NORMAL",
                _ => "PRAGMA synchronous = OFF",
            });
            _level = level;
        }

        _begin.Run();
    }

    private void RollbackIfOpen()
    {
        if (!_database.IsAutoCommit)
        {
            _database.TryRun("ROLLBACK");
        }
    }
}
