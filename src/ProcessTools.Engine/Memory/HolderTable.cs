using System.Security.Cryptography;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// Who holds a channel, or an end of one: a table in shared memory of processes, and of handles on their way to a process. The dead are recognized, not removed: an entry of theirs
/// is used again when it is needed. Thread-safe.
/// </summary>
/// <remarks>
/// The first word of an entry says whose it is: 0 nobody's, positive a process (<see cref="ProcessWord"/>), negative a handle on its way, by a random
/// token that travels with it. Entries change hands by compare-and-swap of that word, so that each step happens or does not. A handle's entry is made as one of
/// the sending process, gets its carrier, and only then becomes the handle's; a sender that dies between leaves an entry of a dead process. The receiver's swap from the token to itself
/// is the arrival: at no instant does nobody hold what arrives.
/// </remarks>
internal readonly unsafe struct HolderTable(byte* memory)
{
    /// <summary>The bytes that one takes.</summary>
    public const int Size = Count * EntrySize;

    /// <summary>The most holders.</summary>
    public const int Count = 1024;

    private const int EntrySize = 64;
    private const int OwnerWord = 0;
    private const int ProcessWordIndex = 1;
    private const int ChannelWord = 2;
    private const int TakenWord = 3;
    private const int LastTakenWord = 4;
    private const int DoneWord = 5;

    // Like a process that is not alive: none has the id 1 and was started at no time.
    private const long Departed = 1;

    // In the first entry.
    private const int VersionWord = 7;

    /// <summary>Adds this process.</summary>
    /// <returns>The number of its entry, or -1 when the table is full.</returns>
    public int Claim()
    {
        // What a dead process took and never reported is still wanted, as long as there are other entries.
        int index = Claim(static (_, _, owner) => owner == 0);
        index = index >= 0 ? index : Claim(static (table, i, owner) => !table.IsAlive(i, owner) && !table.HasUndone(i));
        return index >= 0 ? index : Claim(static (table, i, owner) => !table.IsAlive(i, owner));
    }

    /// <summary>Takes this process off. What it took and did not report as done counts from now on as a dead process's does.</summary>
    public void Release(int index)
    {
        long* entry = Entry(index);
        if (HasUndone(index))
        {
            Interlocked.CompareExchange(ref *entry, Departed, ProcessWord.Self);
        }
        else
        {
            entry[TakenWord] = 0;
            entry[LastTakenWord] = 0;
            entry[DoneWord] = 0;
            Interlocked.CompareExchange(ref *entry, 0, ProcessWord.Self);
        }

        Interlocked.Increment(ref *Version);
    }

    /// <summary>Adds a handle that is about to travel.</summary>
    /// <returns>Its token, negative; 0 when the table is full.</returns>
    public long AddTraveller(Carrier carrier)
    {
        int index = Claim();
        if (index < 0)
        {
            return 0;
        }

        Span<byte> random = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(random);
        long token = BitConverter.ToInt64(random) | long.MinValue;
        Write(index, carrier);
        Volatile.Write(ref *Entry(index), token);
        Interlocked.Increment(ref *Version);
        return token;
    }

    /// <summary>Says what a handle travels in now.</summary>
    public void SetCarrier(long token, Carrier carrier)
    {
        if (Find(token) is >= 0 and int index)
        {
            Write(index, carrier);
        }
    }

    /// <summary>Gives a handle's entry to this process, which has received it.</summary>
    /// <returns>The number of the entry, or -1 when there is none of this token.</returns>
    public int Receive(long token)
    {
        int index = Find(token);
        if (index < 0 || Interlocked.CompareExchange(ref *Entry(index), ProcessWord.Self, token) != token)
        {
            return -1;
        }

        Interlocked.Increment(ref *Version);
        return index;
    }

    /// <summary>Takes a handle off that did not travel after all.</summary>
    public void RemoveTraveller(long token)
    {
        if (Find(token) is >= 0 and int index)
        {
            Interlocked.CompareExchange(ref *Entry(index), 0, token);
            Interlocked.Increment(ref *Version);
        }
    }

    /// <summary>The processes in the table, dead ones too.</summary>
    public List<long> GetProcesses()
    {
        List<long> processes = [];
        for (int i = 0; i < Count; i++)
        {
            long owner = Volatile.Read(ref *Entry(i));
            if (owner > 0)
            {
                processes.Add(owner);
            }
        }

        return processes;
    }

    /// <summary>True when a living process is in the table, or a handle on its way in something that still exists.</summary>
    public bool HasHolders()
    {
        for (int i = 0; i < Count; i++)
        {
            long owner = Volatile.Read(ref *Entry(i));
            if (owner != 0 && IsAlive(i, owner))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when any handle is on its way in something that still exists.</summary>
    public bool HasTravellers()
    {
        for (int i = 0; i < Count; i++)
        {
            long owner = Volatile.Read(ref *Entry(i));
            if (owner < 0 && IsAlive(i, owner))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Changes whenever somebody comes or goes other than by dying.</summary>
    public long Changes => Volatile.Read(ref *Version);

    /// <summary>Where this process counts what it has taken.</summary>
    public TakenCounter TakenBy(int index) => new(Entry(index) + TakenWord);

    /// <summary>Counts an item as done by this process.</summary>
    public void CountDone(int index) => Interlocked.Increment(ref Entry(index)[DoneWord]);

    private bool HasUndone(int index) => Entry(index)[TakenWord] > Volatile.Read(ref Entry(index)[DoneWord]);

    /// <summary>How many items the dead have taken without reporting them as done.</summary>
    /// <param name="isTaken">Whether the item of a sequence number was taken off: the last that a dead process counted may still be there.</param>
    public long CountLost(Func<long, bool> isTaken)
    {
        long lost = 0;
        for (int i = 0; i < Count; i++)
        {
            long* entry = Entry(i);
            long owner = Volatile.Read(ref *entry);
            if (owner > 0 && !ProcessWord.IsAlive(owner))
            {
                long undone = entry[TakenWord] - entry[DoneWord];
                if (undone > 0 && !isTaken(entry[LastTakenWord]))
                {
                    undone--;
                }

                lost += Math.Max(0, undone);
            }
        }

        return lost;
    }

    private long* Version => (long*)memory + VersionWord;

    private long* Entry(int index) => (long*)(memory + (index * EntrySize));

    private void Write(int index, Carrier carrier)
    {
        if (carrier.Process != 0)
        {
            // Before the channel is taken off: at no instant is there nothing that carries the handle.
            Volatile.Write(ref Entry(index)[ProcessWordIndex], carrier.Process);
        }

        Volatile.Write(ref Entry(index)[ChannelWord], carrier.Channel);
    }

    private int Claim(Func<HolderTable, int, long, bool> isFree)
    {
        for (int i = 0; i < Count; i++)
        {
            long owner = Volatile.Read(ref *Entry(i));
            if (isFree(this, i, owner) && Interlocked.CompareExchange(ref *Entry(i), ProcessWord.Self, owner) == owner)
            {
                Interlocked.Increment(ref *Version);
                return i;
            }
        }

        return -1;
    }

    private int Find(long token)
    {
        for (int i = 0; i < Count; i++)
        {
            if (Volatile.Read(ref *Entry(i)) == token)
            {
                return i;
            }
        }

        return -1;
    }

    private bool IsAlive(int index, long owner)
    {
        if (owner > 0)
        {
            return ProcessWord.IsAlive(owner);
        }

        long* entry = Entry(index);
        long channel = Volatile.Read(ref entry[ChannelWord]);
        long process = entry[ProcessWordIndex];
        return channel != 0 ? ChannelSegment.Exists(channel) : ProcessWord.IsAlive(process);
    }
}
