using SQLitePCL;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>A statement of a <see cref="SqliteDatabase"/>. For one thread at a time.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    private readonly SqliteDatabase _database = database;
    private readonly sqlite3_stmt _handle = handle;

    /// <summary>Sets a parameter, counted from 1.</summary>
    public SqliteStatement Bind(int parameter, long value)
    {
        _database.Check(raw.sqlite3_bind_int64(_handle, parameter, value));
        return this;
    }

    /// <summary>Sets a parameter, counted from 1.</summary>
    public SqliteStatement Bind(int parameter, long? value)
    {
        _database.Check(value is long number ? raw.sqlite3_bind_int64(_handle, parameter, number) : raw.sqlite3_bind_null(_handle, parameter));
        return this;
    }

    /// <summary>Sets a parameter, counted from 1.</summary>
    public SqliteStatement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        _database.Check(raw.sqlite3_bind_blob(_handle, parameter, value));
        return this;
    }

    /// <summary>Sets a parameter, counted from 1.</summary>
    public SqliteStatement Bind(int parameter, string value)
    {
        _database.Check(raw.sqlite3_bind_text(_handle, parameter, value));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False when there is none; then the statement can be used again.</returns>
    public bool Step()
    {
        int code = raw.sqlite3_step(_handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        Reset();
        _database.Check(code);
        return false;
    }

    /// <summary>Runs it to its end.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Ends reading, so that it can be used again.</summary>
    public void Reset() => raw.sqlite3_reset(_handle);

    /// <summary>A column of the row, counted from 0.</summary>
    public long Int64(int column) => raw.sqlite3_column_int64(_handle, column);

    /// <summary>A column of the row, counted from 0.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    /// <summary>A column of the row, counted from 0; valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_handle, column);

    /// <summary>A column of the row, counted from 0.</summary>
    public string Text(int column) => raw.sqlite3_column_text(_handle, column).utf8_to_string() ?? string.Empty;

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
