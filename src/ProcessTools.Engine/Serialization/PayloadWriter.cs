using System.Buffers;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Writes the fields of a protocol's message one after another, for code that knows nothing of MessagePack. Objects of one payload share
/// what they have in common, so a <see cref="PayloadReader"/> reads all of it in the same order.
/// </summary>
internal ref struct PayloadWriter
{
    private readonly ObjectSerializer _serializer;
    private MessagePackWriter _writer;
    private WriteContext? _context;

    /// <summary>Begins a payload.</summary>
    /// <param name="serializer">Writes the objects in it.</param>
    /// <param name="output">Where to.</param>
    public PayloadWriter(ObjectSerializer serializer, IBufferWriter<byte> output)
    {
        _serializer = serializer;
        _writer = new MessagePackWriter(output);
    }

    private WriteContext Context => _context ??= WriteContext.Rent(_serializer);

    /// <summary>Writes a byte.</summary>
    /// <param name="value">The value.</param>
    public void WriteByte(byte value) => _writer.Write(value);

    /// <summary>Writes an integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt32(int value) => _writer.Write(value);

    /// <summary>Writes an integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt64(long value) => _writer.Write(value);

    /// <summary>Writes a Boolean.</summary>
    /// <param name="value">The value.</param>
    public void WriteBoolean(bool value) => _writer.Write(value);

    /// <summary>Writes a number.</summary>
    /// <param name="value">The value.</param>
    public void WriteDouble(double value) => _writer.Write(value);

    /// <summary>Writes a string or null.</summary>
    /// <param name="value">The value.</param>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            _writer.WriteNil();
        }
        else
        {
            Wire.WriteString(ref _writer, value, Context);
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteBytes(scoped ReadOnlySpan<byte> value) => _writer.Write(value);

    /// <summary>Writes a Guid.</summary>
    /// <param name="value">The value.</param>
    public void WriteGuid(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        _writer.Write(bytes);
    }

    /// <summary>Writes a time span.</summary>
    /// <param name="value">The value.</param>
    public void WriteTimeSpan(TimeSpan value) => _writer.Write(value.Ticks);

    /// <summary>Writes how many items follow.</summary>
    /// <param name="count">How many.</param>
    public void WriteCount(int count) => _writer.WriteArrayHeader(count);

    /// <summary>Writes strings.</summary>
    /// <param name="values">The strings.</param>
    public void WriteStrings(IReadOnlyList<string?> values)
    {
        _writer.WriteArrayHeader(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            WriteString(values[i]);
        }
    }

    /// <summary>Writes any object.</summary>
    /// <param name="value">The object.</param>
    /// <exception cref="NotSerializableException">The object cannot travel; what was written so far is to be thrown away.</exception>
    public void WriteObject(object? value) => ObjectSerializer.WriteGuarded(ref _writer, value, Context);

    /// <summary>Writes objects.</summary>
    /// <param name="values">The objects.</param>
    /// <exception cref="NotSerializableException">One of them cannot travel.</exception>
    public void WriteObjects(IReadOnlyList<object?> values)
    {
        _writer.WriteArrayHeader(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            WriteObject(values[i]);
        }
    }

    /// <summary>Writes names and objects, such as the parameters of a call.</summary>
    /// <param name="values">The objects by name, or null.</param>
    /// <exception cref="NotSerializableException">One of them cannot travel.</exception>
    public void WriteMapOfObjects(IReadOnlyCollection<KeyValuePair<string, object?>>? values)
    {
        if (values is null)
        {
            _writer.WriteNil();
            return;
        }

        _writer.WriteMapHeader(values.Count);
        foreach ((string name, object? value) in values)
        {
            WriteString(name);
            WriteObject(value);
        }
    }

    /// <summary>Ends the payload: what was written is in the output, and nothing more may be written.</summary>
    public void Flush()
    {
        _writer.Flush();
        _context?.Return();
        _context = null;
    }
}
