using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Queues.Durable;

// Items that come back, and those that are given up.
internal sealed partial class QueueStorage
{
    private SqliteStatement _readLeases = null!;
    private SqliteStatement _readLease = null!;
    private SqliteStatement _insertDead = null!;
    private SqliteStatement _readDead = null!;
    private SqliteStatement _readOpen = null!;

    /// <summary>Finds what the dead have, and what was kept for too long.</summary>
    /// <returns>The items and how they were lost; null for none.</returns>
    public List<(TakenItem Item, string Reason)>? FindLost()
    {
        List<(TakenItem, string)>? lost = null;
        long now = Now;
        long last = 0;
        bool isLastAlive = true;
        try
        {
            while (_readLeases.Step())
            {
                string? reason = null;
                if (_readLeases.Int64(4) <= now)
                {
                    reason = "its lease ended";
                }
                else if (LeaseDomain.IsOver(_readLeases.Int64(2)))
                {
                    reason = "the system was restarted";
                }
                else if (_readLeases.Int64(2) == LeaseDomain.Self)
                {
                    // The leases of one process often follow one another, and a look costs a system call or two.
                    long process = _readLeases.Int64(3);
                    isLastAlive = process == last ? isLastAlive : ProcessWord.IsAlive(process);
                    last = process;
                    reason = isLastAlive ? null : $"process {(int)(uint)process} ended without reporting it";
                }

                if (reason is not null)
                {
                    (lost ??= []).Add((new TakenItem(_readLeases.Int64(0), _readLeases.Int64(1)), reason));
                }
            }
        }
        finally
        {
            _readLeases.Reset();
        }

        return lost;
    }

    /// <summary>Gives back items that were lost.</summary>
    /// <param name="lost">The items and how they were lost.</param>
    /// <param name="maxAttempts">After so many attempts an item is given up.</param>
    /// <returns>How many there were: another process may have looked at the same moment, and given some of them back.</returns>
    public int GiveBack(List<(TakenItem Item, string Reason)> lost, int maxAttempts)
    {
        int count = 0;
        Write(isKept: false, () => count = lost.Count(one => GiveBackInside(one.Item, one.Reason, maxAttempts, isAttempt: true)));
        return count;
    }

    /// <summary>Gives back an item that was taken.</summary>
    /// <param name="item">The item.</param>
    /// <param name="reason">Why.</param>
    /// <param name="maxAttempts">After so many attempts it is given up.</param>
    /// <param name="isAttempt">False when it was not tried.</param>
    /// <returns>False when the lease is over.</returns>
    public bool TryGiveBack(in TakenItem item, string reason, int maxAttempts, bool isAttempt)
    {
        bool isDone = false;
        TakenItem taken = item;
        Write(isKept: false, () => isDone = GiveBackInside(taken, reason, maxAttempts, isAttempt));
        return isDone;
    }

    /// <summary>True when nothing waits, and nobody has anything on lease.</summary>
    /// <param name="isOurs">Tells the leases that do not count.</param>
    /// <remarks>One statement, which sees one instant: an item goes from here to there and back.</remarks>
    public bool IsDrained(Predicate<long> isOurs)
    {
        try
        {
            while (_readOpen.Step())
            {
                if (_readOpen.Int64(0) != 0 || !isOurs(_readOpen.Int64(1)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            _readOpen.Reset();
        }
    }

    /// <summary>The items that were given up, oldest first.</summary>
    public List<DeadLetter> ReadDead()
    {
        List<DeadLetter> letters = [];
        try
        {
            while (_readDead.Step())
            {
                string error = _readDead.Text(2);
                object? item = null;
                try
                {
                    item = DurableItem.Read(ReadBody(_readDead.Int64(0)) ?? []);
                }
                catch (InvalidDataFrameException exception)
                {
                    error = $"{error} ({exception.Message})";
                }

                letters.Add(new DeadLetter(
                    _readDead.Int64(0), item, (int)_readDead.Int64(1), error, DateTimeOffset.FromUnixTimeMilliseconds(_readDead.Int64(3)).LocalDateTime));
            }
        }
        finally
        {
            _readDead.Reset();
        }

        return letters;
    }

    /// <summary>Puts back all that was given up.</summary>
    public long RequeueDead() => ChangeDead("INSERT INTO ready SELECT id, 0 FROM dead");

    /// <summary>Deletes all that was given up.</summary>
    public long ClearDead() => ChangeDead("DELETE FROM bodies WHERE id IN (SELECT id FROM dead)");

    private void PrepareReturns()
    {
        _readOpen = _database.Statement("SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM ready) UNION ALL SELECT 0, token FROM leases");
        _readLeases = _database.Statement("SELECT id, token, domain, process, ends FROM leases");
        _readLease = _database.Statement("SELECT attempts FROM leases WHERE id = ?1 AND token = ?2");
        _insertDead = _database.Statement("INSERT INTO dead VALUES (?1, ?2, ?3, ?4)");
        _readDead = _database.Statement("SELECT id, attempts, error, time FROM dead ORDER BY id");
    }

    private bool GiveBackInside(in TakenItem item, string reason, int maxAttempts, bool isAttempt)
    {
        bool isThere = _readLease.Bind(1, item.Id).Bind(2, item.Token).Step();
        long attempts = isThere ? _readLease.Int64(0) : 0;
        _readLease.Reset();
        if (!isThere)
        {
            return false;
        }

        _deleteLease.Bind(1, item.Id).Bind(2, item.Token).Run();
        if (isAttempt && attempts >= maxAttempts)
        {
            _insertDead.Bind(1, item.Id).Bind(2, attempts).Bind(3, reason).Bind(4, Now).Run();
        }
        else
        {
            _insertReady.Bind(1, item.Id).Bind(2, isAttempt ? attempts : attempts - 1).Run();
        }

        return true;
    }

    private long ChangeDead(string sql)
    {
        using SqliteStatement first = _database.Once(sql);
        using SqliteStatement last = _database.Once("DELETE FROM dead");
        long count = 0;
        Write(isKept: true, () =>
        {
            first.Run();
            last.Run();
            count = _database.Changes;
        });
        return count;
    }
}
