using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

// Putting, taking and reporting.
internal sealed partial class QueueStorage
{
    private SqliteStatement _insertBody = null!;
    private SqliteStatement _insertReady = null!;
    private SqliteStatement _readEnds = null!;
    private SqliteStatement _countReady = null!;
    private SqliteStatement _readFirst = null!;
    private SqliteStatement _deleteReady = null!;
    private SqliteStatement _insertLease = null!;
    private SqliteStatement _readBody = null!;
    private SqliteStatement _deleteLease = null!;
    private SqliteStatement _deleteBody = null!;
    private SqliteStatement _renewLease = null!;

    /// <summary>True when an item waits.</summary>
    public bool HasReady
    {
        get
        {
            bool isThere = _readFirst.Step();
            _readFirst.Reset();
            return isThere;
        }
    }

    /// <summary>Puts an item in.</summary>
    /// <param name="body">The item.</param>
    /// <param name="capacity">The most items that may wait, or null.</param>
    /// <returns>False when there are so many.</returns>
    public bool TryPut(ReadOnlySpan<byte> body, long? capacity)
    {
        Begin(isKept: true);
        try
        {
            if (capacity is long most && !HasRoom(most))
            {
                return false;
            }

            _insertBody.Bind(1, BodySum.Of(body)).Bind(2, body).Run();
            _insertReady.Bind(1, _database.LastId).Bind(2, 0).Run();
            _commit.Run();
            return true;
        }
        finally
        {
            RollbackIfOpen();
        }
    }

    /// <summary>Takes the first item that waits.</summary>
    /// <param name="token">Tells this lease from all others.</param>
    /// <param name="ends">When it ends (<see cref="Now"/>).</param>
    /// <param name="id">The item's number.</param>
    /// <returns>The item, or null when none waits.</returns>
    public byte[]? TryTake(long token, long ends, out long id)
    {
        id = 0;

        // Not for a power cut: what was taken is there again after one.
        Begin(isKept: false);
        try
        {
            if (!_readFirst.Step())
            {
                return null;
            }

            id = _readFirst.Int64(0);

            // A damaged number would give it out for ever.
            long attempts = Math.Max(0, _readFirst.Int64(1)) + 1;
            _readFirst.Reset();
            _deleteReady.Bind(1, id).Run();
            if (_database.Changes != 1)
            {
                throw _database.Damage("an item that it lists is not found");
            }

            _insertLease.Bind(1, id).Bind(2, attempts).Bind(3, token).Bind(4, LeaseDomain.Self).Bind(5, ProcessWord.Self).Bind(6, ends).Run();
            byte[] body = ReadBody(id) ?? throw _database.Damage("an item that it lists is missing");
            _commit.Run();
            return body;
        }
        finally
        {
            _readFirst.Reset();
            RollbackIfOpen();
        }
    }

    /// <summary>Deletes an item that was taken.</summary>
    /// <returns>False when the lease is over.</returns>
    public bool TryFinish(in TakenItem item)
    {
        Begin(isKept: true);
        try
        {
            _deleteLease.Bind(1, item.Id).Bind(2, item.Token).Run();
            if (_database.Changes == 0)
            {
                return false;
            }

            _deleteBody.Bind(1, item.Id).Run();
            _commit.Run();
            return true;
        }
        finally
        {
            RollbackIfOpen();
        }
    }

    /// <summary>Lets the leases of items end later.</summary>
    /// <returns>How many of them there still are.</returns>
    public long Renew(IReadOnlyList<TakenItem> items, long ends)
    {
        long renewed = 0;
        Write(isKept: false, () =>
        {
            foreach (TakenItem item in items)
            {
                _renewLease.Bind(1, item.Id).Bind(2, item.Token).Bind(3, ends).Run();
                renewed += _database.Changes;
            }
        });
        return renewed;
    }

    /// <summary>The time, as the file has it.</summary>
    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private void PrepareItems()
    {
        _insertBody = _database.Statement("INSERT INTO bodies(sum, body) VALUES (?1, ?2)");
        _insertReady = _database.Statement("INSERT INTO ready VALUES (?1, ?2)");
        _readEnds = _database.Statement("SELECT (SELECT min(id) FROM ready), (SELECT max(id) FROM ready)");
        _countReady = _database.Statement("SELECT count(*) FROM ready");
        _readFirst = _database.Statement("SELECT id, attempts FROM ready ORDER BY id LIMIT 1");
        _deleteReady = _database.Statement("DELETE FROM ready WHERE id = ?1");
        _insertLease = _database.Statement("INSERT INTO leases VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _readBody = _database.Statement("SELECT sum, body FROM bodies WHERE id = ?1");
        _deleteLease = _database.Statement("DELETE FROM leases WHERE id = ?1 AND token = ?2");
        _deleteBody = _database.Statement("DELETE FROM bodies WHERE id = ?1");
        _renewLease = _database.Statement("UPDATE leases SET ends = ?3 WHERE id = ?1 AND token = ?2");
    }

    // Counting reads all of a table; mostly the first and the last number tell enough.
    private bool HasRoom(long most)
    {
        _readEnds.Step();
        bool isSure = _readEnds.IsNull(0) || _readEnds.Int64(1) - _readEnds.Int64(0) + 1 < most;
        _readEnds.Reset();
        if (isSure)
        {
            return true;
        }

        _countReady.Step();
        long count = _countReady.Int64(0);
        _countReady.Reset();
        return count < most;
    }

    /// <summary>Reads an item; null when there is none, and empty, which no item is, when the disk has changed it.</summary>
    private byte[]? ReadBody(long id)
    {
        try
        {
            if (!_readBody.Bind(1, id).Step())
            {
                return null;
            }

            ReadOnlySpan<byte> body = _readBody.Blob(1);
            if (BodySum.Of(body) == (uint)_readBody.Int64(0))
            {
                return body.ToArray();
            }

            // Other pages may have been hit as well.
            _database.NoteDamage();
            return [];
        }
        finally
        {
            _readBody.Reset();
        }
    }
}
