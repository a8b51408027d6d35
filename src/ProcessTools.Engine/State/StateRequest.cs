namespace ProcessTools.Engine.State;

/// <summary>One request to an object of a state, from its first field to the last that is read of its response.</summary>
internal readonly ref struct StateRequest
{
    private readonly MemoryState _state;
    private readonly string _name;

    /// <summary>Begins a request.</summary>
    public StateRequest(MemoryState state, StateOperation operation, int id, string name)
    {
        _state = state;
        _name = name;
        Line = state.Rent();
        Line.Begin(operation, id);
    }

    /// <summary>The line that it uses.</summary>
    public StateLine Line { get; }

    /// <summary>Writes a key or a value.</summary>
    /// <exception cref="NotSerializableException">It cannot be shared.</exception>
    public StateRequest Write(object? value)
    {
        StateCodec.Write(Line.Request, value, _state);
        return this;
    }

    /// <summary>Writes a key.</summary>
    /// <exception cref="ArgumentNullException">It is null, which is no key.</exception>
    /// <exception cref="NotSerializableException">It cannot be shared.</exception>
    public StateRequest WriteKey(object? key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Write(key);
    }

    /// <summary>Sends it and waits for the response.</summary>
    /// <returns>False for "no".</returns>
    public bool Exchange() => ExchangeOr(StateStatus.No);

    /// <summary>Sends it and waits for the response.</summary>
    /// <param name="otherwise">The status that is no error.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False for that status.</returns>
    public bool ExchangeOr(StateStatus otherwise, CancellationToken cancellation = default)
    {
        StateStatus status = Line.Exchange(cancellation);
        return status == StateStatus.Done || (status == otherwise ? false : throw _state.ErrorOf(status, Line, _name));
    }

    /// <summary>Reads a key or a value of the response; null where there is none.</summary>
    public object? Read() => Line.TryReadBlock(out ReadOnlyMemory<byte> block) ? StateCodec.Read(block, _state) : null;

    /// <summary>Gives the line back.</summary>
    public void Dispose() => _state.Return(Line);
}
