namespace ProcessTools.Engine.State;

/// <summary>The transactions that a thread is in, of one state or of several: what it asks of such a state goes over the transaction's line.</summary>
internal sealed class TransactionScope
{
    [ThreadStatic]
    private static TransactionScope? s_innermost;

    private readonly MemoryState _state;
    private readonly TransactionScope? _outer;

    private TransactionScope(MemoryState state, StateLine line)
    {
        _state = state;
        _outer = s_innermost;
        Line = line;
    }

    /// <summary>The line.</summary>
    public StateLine Line { get; }

    /// <summary>The transaction of a state that this thread is in, or null.</summary>
    public static TransactionScope? Find(MemoryState state)
    {
        for (TransactionScope? scope = s_innermost; scope is not null; scope = scope._outer)
        {
            if (scope._state == state)
            {
                return scope;
            }
        }

        return null;
    }

    /// <summary>Enters a transaction.</summary>
    public static TransactionScope Enter(MemoryState state, StateLine line) => s_innermost = new TransactionScope(state, line);

    /// <summary>Leaves it.</summary>
    public void Leave() => s_innermost = _outer;
}
