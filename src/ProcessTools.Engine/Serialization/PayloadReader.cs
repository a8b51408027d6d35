using System.Buffers;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Reads the fields of a protocol's message in the order in which a <see cref="PayloadWriter"/> wrote them. All failures are
/// <see cref="InvalidDataFrameException"/>.</summary>
internal ref struct PayloadReader
{
    private readonly ObjectSerializer _serializer;
    private MessagePackReader _reader;
    private ReadContext? _context;

    /// <summary>Begins to read.</summary>
    /// <param name="serializer">Reads the objects in the payload.</param>
    /// <param name="input">The payload.</param>
    public PayloadReader(ObjectSerializer serializer, ReadOnlySequence<byte> input)
    {
        serializer.CheckSize(input.Length);
        _serializer = serializer;
        _reader = new MessagePackReader(input);
    }

    /// <summary>Begins to read.</summary>
    /// <param name="serializer">Reads the objects in the payload.</param>
    /// <param name="input">The payload.</param>
    public PayloadReader(ObjectSerializer serializer, ReadOnlyMemory<byte> input)
        : this(serializer, new ReadOnlySequence<byte>(input))
    {
    }

    private delegate T ReadField<out T>(ref MessagePackReader reader);

    /// <summary>Whether all has been read.</summary>
    public readonly bool End => _reader.End;

    private ReadContext Context => _context ??= ReadContext.Rent(_serializer);

    /// <summary>Reads a byte.</summary>
    /// <returns>The value.</returns>
    public byte ReadByte() => Read(static (ref r) => r.ReadByte());

    /// <summary>Reads an integer.</summary>
    /// <returns>The value.</returns>
    public int ReadInt32() => Read(static (ref r) => r.ReadInt32());

    /// <summary>Reads an integer.</summary>
    /// <returns>The value.</returns>
    public long ReadInt64() => Read(static (ref r) => r.ReadInt64());

    /// <summary>Reads a Boolean.</summary>
    /// <returns>The value.</returns>
    public bool ReadBoolean() => Read(static (ref r) => r.ReadBoolean());

    /// <summary>Reads a number.</summary>
    /// <returns>The value.</returns>
    public double ReadDouble() => Read(static (ref r) => r.ReadDouble());

    /// <summary>Reads a string or null.</summary>
    /// <returns>The value.</returns>
    public string? ReadString()
    {
        try
        {
            return Wire.ReadString(ref _reader, Context);
        }
        catch (Exception e) when (IsOfReader(e))
        {
            throw ObjectSerializer.InvalidFrom(e);
        }
    }

    /// <summary>Reads a string that must be there.</summary>
    /// <returns>The value.</returns>
    public string ReadText() => ReadString() ?? throw new InvalidDataFrameException("The data has nothing where a text is needed.");

    /// <summary>Reads bytes without copying them.</summary>
    /// <returns>The bytes, valid as long as the input.</returns>
    public ReadOnlySequence<byte> ReadBytes() =>
        Read(static (ref r) => r.ReadBytes()) ?? throw new InvalidDataFrameException("The data has nothing where bytes are needed.");

    /// <summary>Reads a Guid.</summary>
    /// <returns>The value.</returns>
    public Guid ReadGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Wire.CopyExactly(ReadBytes(), bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Reads a time span.</summary>
    /// <returns>The value.</returns>
    public TimeSpan ReadTimeSpan() => new(ReadInt64());

    /// <summary>Reads how many items follow; no more than there are bytes left.</summary>
    /// <returns>How many.</returns>
    public int ReadCount() => Read(static (ref r) => r.ReadArrayHeader());

    /// <summary>Reads strings.</summary>
    /// <returns>The strings.</returns>
    public string?[] ReadStrings()
    {
        int count = ReadCount();
        Context.Enter(count, IntPtr.Size);
        string?[] values = new string?[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadString();
        }

        Context.Leave();
        return values;
    }

    /// <summary>Reads any object.</summary>
    /// <returns>The object.</returns>
    public object? ReadObject() => ObjectSerializer.ReadGuarded(ref _reader, Context);

    /// <summary>Reads objects.</summary>
    /// <returns>The objects.</returns>
    public object?[] ReadObjects()
    {
        int count = ReadCount();
        Context.Enter(count, IntPtr.Size);
        object?[] values = new object?[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadObject();
        }

        Context.Leave();
        return values;
    }

    /// <summary>Reads names and objects.</summary>
    /// <returns>The objects by name, without case, or null; of two with one name the last.</returns>
    public Dictionary<string, object?>? ReadMapOfObjects()
    {
        if (Read(static (ref r) => r.TryReadNil()))
        {
            return null;
        }

        int count = Read(static (ref r) => r.ReadMapHeader());
        Context.Enter(count, 64);
        Dictionary<string, object?> values = new(count, StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < count; i++)
        {
            string name = ReadText();
            values[name] = ReadObject();
        }

        Context.Leave();
        return values;
    }

    private static bool IsOfReader(Exception e) => e is not (ProcessToolsException or OutOfMemoryException or OperationCanceledException);

    private T Read<T>(ReadField<T> read)
    {
        try
        {
            return read(ref _reader);
        }
        catch (Exception e) when (IsOfReader(e))
        {
            throw ObjectSerializer.InvalidFrom(e);
        }
    }
}
