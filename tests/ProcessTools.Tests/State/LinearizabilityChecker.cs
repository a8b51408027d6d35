namespace ProcessTools.Tests.State;

/// <summary>
/// Tells whether a history could have come from an object that does one operation after another, each at some instant between its call and its return (Herlihy and Wing). The search is Wing and Gong's with Lowe's
/// memory: a set of operations that were put in some order, with the state that they lead to, is looked at once.
/// </summary>
internal sealed class LinearizabilityChecker
{
    private readonly Func<long, LinearizabilityOperation, long?> _model;
    private readonly LinearizabilityOperation[] _operations;
    private readonly Entry _head = new(-1, null);
    private readonly HashSet<Configuration> _seen = [];

    private LinearizabilityChecker(Func<long, LinearizabilityOperation, long?> model, LinearizabilityOperation[] operations)
    {
        _model = model;
        _operations = operations;
        Link();
    }

    /// <summary>How far the search got at best, for the message of a failed test: how many operations were in order.</summary>
    public int Longest { get; private set; }

    /// <summary>Checks a history.</summary>
    /// <param name="operations">The operations of one object, in any order.</param>
    /// <param name="initial">The state of the object before.</param>
    /// <param name="model">What the object is to do.</param>
    public static bool IsLinearizable(IEnumerable<LinearizabilityOperation> operations, long initial, Func<long, LinearizabilityOperation, long?> model) =>
        new LinearizabilityChecker(model, [.. operations]).Search(initial);

    private void Link()
    {
        // Each operation has an entry for its call and one for its return, in the order of time. Of the same instant, calls come first: the operations may have overlapped.
        List<(long Time, bool IsReturn, Entry Entry)> entries = [];
        for (int i = 0; i < _operations.Length; i++)
        {
            Entry? end = _operations[i].IsPending ? null : new Entry(i, null);
            entries.Add((_operations[i].Begin, false, new Entry(i, end) { IsCall = true }));
            if (end is not null)
            {
                entries.Add((_operations[i].End, true, end));
            }
        }

        Entry last = _head;
        foreach ((_, _, Entry entry) in entries.OrderBy(static one => one.Time).ThenBy(static one => one.IsReturn))
        {
            last.Next = entry;
            entry.Previous = last;
            last = entry;
        }
    }

    private bool Search(long initial)
    {
        int open = _operations.Count(static operation => !operation.IsPending);
        ulong[] done = new ulong[(_operations.Length + 63) / 64];
        Stack<(Entry Call, long State)> path = new();
        long state = initial;
        Entry? entry = _head.Next;
        while (open > 0)
        {
            if (entry is { IsCall: true })
            {
                if (_model(state, _operations[entry.Operation]) is { } next && TryEnter(done, entry.Operation, next))
                {
                    path.Push((entry, state));
                    state = next;
                    entry.Lift();
                    open -= entry.End is null ? 0 : 1;
                    Longest = Math.Max(Longest, path.Count);
                    entry = _head.Next;
                    continue;
                }

                entry = entry.Next;
                continue;
            }

            // An operation that must have happened by now has found no place, or there is none left to try: the last that was put in order goes elsewhere.
            if (!path.TryPop(out (Entry Call, long State) step))
            {
                return false;
            }

            (entry, state) = step;
            done[entry.Operation / 64] &= ~(1UL << (entry.Operation % 64));
            open += entry.End is null ? 0 : 1;
            entry.Unlift();
            entry = entry.Next;
        }

        return true;
    }

    /// <summary>Adds an operation to those in order, unless these have been there with this state.</summary>
    private bool TryEnter(ulong[] done, int operation, long state)
    {
        done[operation / 64] |= 1UL << (operation % 64);
        if (_seen.Add(new Configuration([.. done], state)))
        {
            return true;
        }

        done[operation / 64] &= ~(1UL << (operation % 64));
        return false;
    }

    private readonly struct Configuration(ulong[] done, long state) : IEquatable<Configuration>
    {
        private readonly ulong[] _done = done;
        private readonly long _state = state;

        public bool Equals(Configuration other) => _state == other._state && _done.AsSpan().SequenceEqual(other._done);

        public override bool Equals(object? obj) => obj is Configuration other && Equals(other);

        public override int GetHashCode()
        {
            HashCode hash = default;
            hash.Add(_state);
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_done.AsSpan()));
            return hash.ToHashCode();
        }
    }

    /// <summary>A call or a return in the list.</summary>
    private sealed class Entry(int operation, Entry? end)
    {
        public int Operation => operation;

        public Entry? End => end;

        public bool IsCall { get; init; }

        public Entry? Next { get; set; }

        public Entry? Previous { get; set; }

        /// <summary>Takes a call and its return out of the list.</summary>
        public void Lift()
        {
            Unlink();
            end?.Unlink();
        }

        /// <summary>Puts them back; in the opposite order.</summary>
        public void Unlift()
        {
            end?.Relink();
            Relink();
        }

        private void Unlink()
        {
            Previous!.Next = Next;
            if (Next is not null)
            {
                Next.Previous = Previous;
            }
        }

        private void Relink()
        {
            Previous!.Next = this;
            if (Next is not null)
            {
                Next.Previous = this;
            }
        }
    }
}
