using System.Management.Automation;
using ProcessTools.Engine.Channels;
using SQLitePCL;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// A connection to a SQLite file, with our errors. For one thread at a time. The thin layer below it (SQLitePCLRaw) and not ADO.NET, because that one waits for a locked file by sleeping a tenth of a second and
/// more, and adds its own time to each of the four statements that an item takes.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    // Opening waits for who repairs the file, or clears up behind itself as the last.
    private const int OpenBusyMilliseconds = 30_000;

    // Later only another program is waited for, and SQLite looks for neither Ctrl+C nor the end of a time while it waits.
    private const int BusyMilliseconds = 1_000;

    // Some milliseconds of work.
    private const int StepsPerLook = 100_000;

    // SQLite's codes, the lower byte of the extended ones.
    private const int CodeMask = 0xFF;

    private static readonly object s_gate = new();
    private static bool s_isReady;

    private readonly sqlite3 _connection;
    private readonly string _queue;
    private readonly string _file;
    private readonly List<SqliteStatement> _statements = [];

    private SqliteDatabase(sqlite3 connection, string queue, string file)
    {
        _connection = connection;
        _queue = queue;
        _file = file;
    }

    /// <summary>Opens a file, and makes it where there is none.</summary>
    /// <param name="queue">The queue's folder, for messages.</param>
    /// <param name="file">The file.</param>
    /// <param name="isReadOnly">True to read only.</param>
    /// <exception cref="QueueStorageException">It cannot be opened.</exception>
    public static SqliteDatabase Open(string queue, string file, bool isReadOnly = false)
    {
        Prepare();
        int flags = raw.SQLITE_OPEN_NOMUTEX | (isReadOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        int code = raw.sqlite3_open_v2(file, out sqlite3 connection, flags, null);
        SqliteDatabase database = new(connection, queue, file);
        try
        {
            database.Check(code);
            raw.sqlite3_extended_result_codes(connection, 1);
            raw.sqlite3_busy_timeout(connection, OpenBusyMilliseconds);
            if (!isReadOnly && raw.sqlite3_db_readonly(connection, "main") == 1)
            {
                throw new QueueStorageException(queue, $"its file '{file}' cannot be written by this user. Give the user write access to the folder and what is in it.");
            }

            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string File => _file;

    /// <summary>Called when the file turns out to be damaged.</summary>
    public Action? WhenDamaged { get; set; }

    /// <summary>True outside of transactions.</summary>
    public bool IsAutoCommit => raw.sqlite3_get_autocommit(_connection) != 0;

    /// <summary>The rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_connection);

    /// <summary>The number of the row that was inserted last.</summary>
    public long LastId => raw.sqlite3_last_insert_rowid(_connection);

    /// <summary>Makes a statement, which is freed with the connection.</summary>
    public SqliteStatement Statement(string sql)
    {
        SqliteStatement statement = Once(sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Makes a statement, which the caller frees.</summary>
    public SqliteStatement Once(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt handle));
        return new SqliteStatement(this, handle);
    }

    /// <summary>Runs statements, separated by semicolons, whose results do not matter.</summary>
    public void Run(string sql) => Check(raw.sqlite3_exec(_connection, sql));

    /// <summary>Runs a statement that may fail.</summary>
    public bool TryRun(string sql) => raw.sqlite3_exec(_connection, sql) == raw.SQLITE_OK;

    /// <summary>The first column of the first row as a number; 0 when there is none.</summary>
    public long Number(string sql)
    {
        using SqliteStatement statement = Once(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>The first column of the first row as a text; empty when there is none.</summary>
    public string Text(string sql)
    {
        using SqliteStatement statement = Once(sql);
        return statement.Step() ? statement.Text(0) : string.Empty;
    }

    /// <summary>From now on another program that has the file locked is waited for shortly only.</summary>
    public void LimitWaits() => raw.sqlite3_busy_timeout(_connection, BusyMilliseconds);

    /// <summary>Does what takes long, until it is done or the caller's pipeline is being stopped.</summary>
    /// <exception cref="PipelineStoppedException">It is.</exception>
    public T WhileStoppable<T>(Func<T> work)
    {
        PipelineStoppedException? stop = null;
        raw.sqlite3_progress_handler(_connection, StepsPerLook, _ => (stop = Stopping()) is null ? 0 : 1, null);
        try
        {
            return work();
        }
        catch (QueueStorageException) when (stop is not null)
        {
            throw stop;
        }
        finally
        {
            raw.sqlite3_progress_handler(_connection, 0, null, null);
        }
    }

    /// <summary>Throws the error of a code that is one.</summary>
    /// <exception cref="QueueStorageFullException">The disk is full.</exception>
    /// <exception cref="QueueDamagedException">The file is damaged.</exception>
    /// <exception cref="QueueStorageException">Any other.</exception>
    public void Check(int code)
    {
        if ((code & CodeMask) is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return;
        }

        string message = $"{raw.sqlite3_errmsg(_connection).utf8_to_string()} (SQLite code {code})";
        throw (code & CodeMask) switch
        {
            raw.SQLITE_FULL => new QueueStorageFullException(_queue),
            // What cannot be when the file is whole: no such table, two of a number, or a text where a number was written.
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH => Damage(message),
            raw.SQLITE_IOERR when HasNoRoom() => new QueueStorageFullException(_queue),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new QueueStorageException(_queue, $"another program keeps its file locked: {message}.", isLocked: true),
            raw.SQLITE_TOOBIG => new NotSerializableException("$", "it takes more than the thousand million bytes that an item of a durable queue may have. Write it to a file, and put the file's path."),
            _ => new QueueStorageException(_queue, message + "."),
        };
    }

    /// <summary>Notes that the file is damaged.</summary>
    public void NoteDamage() => WhenDamaged?.Invoke();

    /// <summary>Notes that the file is damaged.</summary>
    /// <param name="fault">How.</param>
    /// <returns>The error to throw.</returns>
    public QueueDamagedException Damage(string fault)
    {
        NoteDamage();
        return new QueueDamagedException(_queue, fault);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _connection.Dispose();
    }

    private static PipelineStoppedException? Stopping()
    {
        try
        {
            PipelineStop.ThrowIfStopping();
            return null;
        }
        catch (PipelineStoppedException exception)
        {
            return exception;
        }
    }

    private static void Prepare()
    {
        lock (s_gate)
        {
            if (!s_isReady)
            {
                raw.SetProvider(new SQLite3Provider_e_sqlite3());
                s_isReady = true;
            }
        }
    }

    // SQLite reports a disk that is full while it enlarges its shared index as an input/output error.
    private bool HasNoRoom()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(_file)!).AvailableFreeSpace < 1 << 16;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
