using System.Management.Automation;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.State;

/// <summary>One conversation of one thread with a state's store: a request is written, exchanged for a response, and that is read. Lines are used again and again, by one thread at a time.</summary>
internal abstract class StateLine : IDisposable
{
    // Of a transaction's line only: calls that wait for the end of a call inside them, such as the reading of a value that is a shared object.
    private Stack<(PooledBufferWriter Request, ReadOnlyMemory<byte> Response, int Position)>? _outer;
    private ReadOnlyMemory<byte> _response;
    private int _position;
    private int _depth;

    /// <summary>The request.</summary>
    public PooledBufferWriter Request { get; private set; } = new();

    /// <summary>True when it can be used for another request.</summary>
    public abstract bool IsUsable { get; }

    /// <summary>Begins a call on a transaction's line.</summary>
    public void Enter()
    {
        if (_depth++ > 0)
        {
            (_outer ??= []).Push((Request, _response, _position));
            Request = new PooledBufferWriter(256);
        }
    }

    /// <summary>Ends a call on a transaction's line.</summary>
    public void Leave()
    {
        if (--_depth > 0)
        {
            Request.Dispose();
            (Request, _response, _position) = _outer!.Pop();
        }
    }

    /// <summary>Begins a request.</summary>
    public void Begin(StateOperation operation)
    {
        Request.Clear();
        Request.WriteByte((byte)operation);
    }

    /// <summary>Begins a request to an object.</summary>
    public void Begin(StateOperation operation, int id)
    {
        Request.Clear();
        Span<byte> head = Request.GetSpan(1 + sizeof(int));
        head[0] = (byte)operation;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(head[1..], id);
        Request.Advance(1 + sizeof(int));
    }

    /// <summary>Exchanges the request for its response.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="SharedStateLostException">The state's process is gone.</exception>
    /// <exception cref="SharedStateRemovedException">The state was removed.</exception>
    /// <exception cref="PipelineStoppedException">The calling pipeline is being stopped.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public StateStatus Exchange(CancellationToken cancellation = default)
    {
        ReadOnlyMemory<byte> response = ExchangeCore(cancellation);
        _response = _depth > 0 ? response.ToArray() : response;
        _position = 0;
        return (StateStatus)Reader(1).ReadByte();
    }

    /// <summary>Reads an integer of the response.</summary>
    public int ReadInt32() => Reader(sizeof(int)).ReadInt32();

    /// <summary>Reads a byte of the response.</summary>
    public byte ReadByte() => Reader(1).ReadByte();

    /// <summary>Reads a long integer of the response.</summary>
    public long ReadInt64() => Reader(sizeof(long)).ReadInt64();

    /// <summary>Reads a text of the response.</summary>
    public string? ReadText()
    {
        StateFrameReader reader = new(_response[_position..]);
        string? text = reader.ReadText();
        _position = _response.Length - reader.Left;
        return text;
    }

    /// <summary>Reads a block of the response that may not be there.</summary>
    public bool TryReadBlock(out ReadOnlyMemory<byte> block)
    {
        StateFrameReader reader = new(_response[_position..]);
        bool isThere = reader.TryReadMemory(out block);
        _position = _response.Length - reader.Left;
        return isThere;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Exchanges the request; the response is valid until the next.</summary>
    protected abstract ReadOnlyMemory<byte> ExchangeCore(CancellationToken cancellation);

    private StateFrameReader Reader(int size)
    {
        StateFrameReader reader = new(_response[_position..]);
        _position += size;
        return reader;
    }
}
