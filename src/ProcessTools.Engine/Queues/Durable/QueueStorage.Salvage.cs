namespace ProcessTools.Engine.Queues.Durable;

// Saving what can be read of a damaged file.
internal sealed partial class QueueStorage
{
    // So many numbers without an item in a row are tried behind a place that cannot be read: a page that is lost had at most some hundred small items.
    private const long MostGap = 100_000;

    /// <summary>Copies what can be read of another file into this one, which is empty.</summary>
    /// <param name="file">The damaged file.</param>
    /// <returns>How many items.</returns>
    public long CopyFrom(string file)
    {
        using SqliteDatabase source = SqliteDatabase.Open(_queue, file);

        // Otherwise a file that is shorter than its header says is refused as a whole.
        source.TryRun("PRAGMA writable_schema = ON");
        CopySettings(source);
        Dictionary<long, long> attempts = ReadAttempts(source);
        Dictionary<long, (long Attempts, string Error, long Time)> dead = ReadDeadRows(source);
        long count = 0;
        using SqliteStatement insert = _database.Once("INSERT INTO bodies VALUES (?1, ?2, ?3)");
        Write(isKept: true, () =>
        {
            foreach ((long id, uint sum, byte[] body) in ReadBodies(source, attempts.Keys.Concat(dead.Keys).DefaultIfEmpty().Max()))
            {
                insert.Bind(1, id).Bind(2, sum).Bind(3, body).Run();
                if (dead.TryGetValue(id, out (long Attempts, string Error, long Time) letter))
                {
                    _insertDead.Bind(1, id).Bind(2, letter.Attempts).Bind(3, letter.Error).Bind(4, letter.Time).Run();
                }
                else
                {
                    _insertReady.Bind(1, id).Bind(2, attempts.GetValueOrDefault(id)).Run();
                }

                count++;
            }
        });
        return count;
    }

    // Where they cannot be read, the defaults stay.
    private void CopySettings(SqliteDatabase source) =>
        ReadUntilDamage(source, ReadSettingsSql, row =>
        {
            if (SettingsOf(row) is { } settings)
            {
                WriteSettings(new DurableQueueOptions { Capacity = settings.Capacity, Lease = settings.Lease, MaxAttempts = settings.MaxAttempts });
            }
        });

    private static Dictionary<long, long> ReadAttempts(SqliteDatabase source)
    {
        Dictionary<long, long> attempts = [];
        foreach (string sql in (string[])["SELECT id, attempts FROM ready ORDER BY id", "SELECT id, attempts FROM leases ORDER BY id"])
        {
            foreach (string order in (string[])[sql, sql + " DESC"])
            {
                ReadUntilDamage(source, order, row => attempts[row.Int64(0)] = row.Int64(1));
            }
        }

        return attempts;
    }

    private static Dictionary<long, (long Attempts, string Error, long Time)> ReadDeadRows(SqliteDatabase source)
    {
        Dictionary<long, (long, string, long)> dead = [];
        foreach (string order in (string[])["", " DESC"])
        {
            ReadUntilDamage(source, "SELECT id, attempts, error, time FROM dead ORDER BY id" + order, row => dead[row.Int64(0)] = (row.Int64(1), row.Text(2), row.Int64(3)));
        }

        return dead;
    }

    /// <summary>From the front, and from the end, until a place that cannot be read; and what lies between by number, which passes by what is lost.</summary>
    private static IEnumerable<(long Id, uint Sum, byte[] Body)> ReadBodies(SqliteDatabase source, long last)
    {
        List<long> front = [];
        List<long> end = [];
        if (!ReadUntilDamage(source, "SELECT id FROM bodies ORDER BY id", row => front.Add(row.Int64(0))))
        {
            ReadUntilDamage(source, "SELECT id FROM bodies ORDER BY id DESC", row => end.Add(row.Int64(0)));
            long begin = front.Count > 0 ? front[^1] + 1 : 1;
            long stop = end.Count > 0 ? end[^1] : Math.Max(last + 1, begin + MostGap);
            for (long id = begin; id < stop; id++)
            {
                front.Add(id);
            }

            end.Reverse();
        }

        using SqliteStatement? read = TryPrepare(source, "SELECT sum, body FROM bodies WHERE id = ?1");
        if (read is null)
        {
            yield break;
        }

        long previous = 0;
        foreach (long id in front.Concat(end))
        {
            if (id > previous && TryReadWhole(read, id) is { } found)
            {
                yield return (id, found.Sum, found.Body);
            }

            previous = Math.Max(previous, id);
        }
    }

    private static SqliteStatement? TryPrepare(SqliteDatabase source, string sql)
    {
        try
        {
            return source.Once(sql);
        }
        catch (ProcessToolsException exception) when (exception is QueueDamagedException or QueueStorageException)
        {
            return null;
        }
    }

    private static (uint Sum, byte[] Body)? TryReadWhole(SqliteStatement read, long id)
    {
        try
        {
            if (!read.Bind(1, id).Step())
            {
                return null;
            }

            ReadOnlySpan<byte> body = read.Blob(1);
            uint sum = (uint)read.Int64(0);
            return BodySum.Of(body) == sum ? (sum, body.ToArray()) : null;
        }
        catch (ProcessToolsException exception) when (exception is QueueDamagedException or QueueStorageException)
        {
            return null;
        }
        finally
        {
            read.Reset();
        }
    }

    /// <summary>Reads rows.</summary>
    /// <returns>False when it came to a place that cannot be read.</returns>
    private static bool ReadUntilDamage(SqliteDatabase source, string sql, Action<SqliteStatement> use)
    {
        try
        {
            using SqliteStatement read = source.Once(sql);
            while (read.Step())
            {
                use(read);
            }

            return true;
        }
        catch (ProcessToolsException exception) when (exception is QueueDamagedException or QueueStorageException)
        {
            return false;
        }
    }
}
