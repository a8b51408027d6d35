using System.Buffers;
using System.Collections.Frozen;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// PowerShell objects to and from MessagePack. Immutable and thread-safe; one for a kind of connection, kept. Nothing on the wire names
/// a type to be made: what can come back is what <see cref="WireCode"/> lists.
/// </summary>
internal sealed class ObjectSerializer
{
    private readonly FrozenDictionary<string, IHandleFormatter> _handles;
    private readonly ConditionalWeakTable<Type, Formatter> _formatters = [];
    private readonly ConditionalWeakTable<Type, Formatter>.CreateValueCallback _resolve;

    /// <summary>Makes a serializer.</summary>
    /// <param name="profile">How much of PowerShell goes on the wire.</param>
    /// <param name="limits">What a message may cost; null for the default.</param>
    /// <param name="handles">The kinds of handles that may travel; none if null.</param>
    public ObjectSerializer(WireProfile profile, SerializerLimits? limits = null, IEnumerable<IHandleFormatter>? handles = null)
    {
        Profile = profile;
        Limits = limits ?? SerializerLimits.Default;
        _handles = (handles ?? []).ToFrozenDictionary(h => h.TypeKey);
        _resolve = type => FormatterTable.Resolve(type, _handles);
    }

    /// <summary>The full profile with the default limits and no handles.</summary>
    public static ObjectSerializer Full { get; } = new(WireProfile.Full);

    /// <summary>The plain profile with the default limits and no handles.</summary>
    public static ObjectSerializer Plain { get; } = new(WireProfile.Plain);

    /// <summary>How much of PowerShell goes on the wire.</summary>
    public WireProfile Profile { get; }

    /// <summary>What a message may cost.</summary>
    public SerializerLimits Limits { get; }

    /// <summary>Writes a value. If it throws, what it wrote until then is to be thrown away.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="NotSerializableException">The value cannot travel; the message says which part of it and why.</exception>
    public void Serialize(IBufferWriter<byte> output, object? value)
    {
        MessagePackWriter writer = new(output);
        WriteContext context = WriteContext.Rent(this);
        try
        {
            WriteGuarded(ref writer, value, context);
            writer.Flush();
        }
        finally
        {
            context.Return();
        }
    }

    /// <summary>Reads the one value that the input is.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidDataFrameException">The input is not exactly one value, or is larger than the limits allow.</exception>
    public object? Deserialize(ReadOnlyMemory<byte> input) => Deserialize(new ReadOnlySequence<byte>(input));

    /// <summary>Reads the one value that the input is.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidDataFrameException">The input is not exactly one value, or is larger than the limits allow.</exception>
    public object? Deserialize(ReadOnlySequence<byte> input)
    {
        CheckSize(input.Length);
        MessagePackReader reader = new(input);
        ReadContext context = ReadContext.Rent(this);
        try
        {
            object? value = ReadGuarded(ref reader, context);
            return reader.End ? value : throw new InvalidDataFrameException("The data goes on after its end.");
        }
        finally
        {
            context.Return();
        }
    }

    /// <summary>Writes a value, and turns whatever goes wrong inside it into our error.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value.</param>
    /// <param name="context">The message.</param>
    internal static void WriteGuarded(ref MessagePackWriter writer, object? value, WriteContext context)
    {
        try
        {
            ValueWriter.Write(ref writer, value, context);
        }
        catch (Exception e) when (e is not (ProcessToolsException or OutOfMemoryException or OperationCanceledException or PipelineStoppedException))
        {
            // A collection that another thread changes meanwhile, or a user's enumerator that throws.
            throw context.Error($"{e.GetType().Name}: {e.Message}", e);
        }
    }

    /// <summary>Reads a value, and turns whatever goes wrong inside it into our error.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>The value.</returns>
    internal static object? ReadGuarded(ref MessagePackReader reader, ReadContext context)
    {
        try
        {
            return ValueReader.Read(ref reader, context);
        }
        catch (Exception e) when (e is not (ProcessToolsException or OutOfMemoryException or OperationCanceledException))
        {
            throw InvalidFrom(e);
        }
    }

    /// <summary>Our error for one that a reader threw.</summary>
    /// <param name="cause">What it threw.</param>
    /// <returns>The error.</returns>
    internal static InvalidDataFrameException InvalidFrom(Exception cause) =>
        cause is EndOfStreamException
            ? new InvalidDataFrameException("The data ends too early.", cause)
            : new InvalidDataFrameException($"The data is not valid: {cause.Message}", cause);

    /// <summary>Refuses input larger than a message may be.</summary>
    /// <param name="bytes">Its size.</param>
    internal void CheckSize(long bytes)
    {
        if (bytes > Limits.MaxBytes)
        {
            throw new InvalidDataFrameException($"The data has {bytes} bytes; {Limits.MaxBytes} are allowed.");
        }
    }

    /// <summary>The formatter of a value's type.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The formatter.</returns>
    internal Formatter FormatterFor(object value)
    {
        Type type = value.GetType();
        return FormatterTable.BuiltIn.TryGetValue(type, out Formatter? formatter) ? formatter : _formatters.GetValue(type, _resolve);
    }

    /// <summary>The formatter of a kind of handle.</summary>
    /// <param name="typeKey">What names the kind on the wire.</param>
    /// <returns>The formatter.</returns>
    internal IHandleFormatter HandleFor(string typeKey) =>
        _handles.TryGetValue(typeKey, out IHandleFormatter? formatter)
            ? formatter
            : throw new InvalidDataFrameException($"The data has a handle of the kind '{typeKey}', which is not accepted here.");
}
