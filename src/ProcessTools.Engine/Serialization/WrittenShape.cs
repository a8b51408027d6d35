using System.Buffers;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>A shape as a writer remembers it: its bytes, made once, and its number in the message at hand.</summary>
internal sealed class WrittenShape
{
    /// <summary>Bigger shapes are not remembered from one message to the next.</summary>
    public const int MaxRememberedSize = 4096;

    private byte[]? _bytes;

    /// <summary>Makes one.</summary>
    /// <param name="shape">The shape.</param>
    public WrittenShape(Shape shape)
    {
        Shape = shape;
        foreach (string name in shape.Names)
        {
            Size += name.Length;
        }

        foreach (string name in shape.TypeNames ?? [])
        {
            Size += name.Length;
        }
    }

    /// <summary>The shape.</summary>
    public Shape Shape { get; }

    /// <summary>How many characters its names have together.</summary>
    public int Size { get; }

    /// <summary>The message in which <see cref="Number"/> is valid.</summary>
    public int Message { get; set; } = -1;

    /// <summary>Who writes that message.</summary>
    public WriteContext? Context { get; set; }

    /// <summary>The number in that message.</summary>
    public byte Number { get; set; }

    /// <summary>Writes the definition.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="context">The message.</param>
    public void Write(ref MessagePackWriter writer, WriteContext context)
    {
        if (_bytes is null)
        {
            ArrayBufferWriter<byte> buffer = new();
            MessagePackWriter inner = new(buffer);
            Encode(ref inner, context);
            inner.Flush();
            _bytes = buffer.WrittenSpan.ToArray();
        }

        context.Charge(_bytes.Length);
        writer.WriteRaw(_bytes);
    }

    private void Encode(ref MessagePackWriter writer, WriteContext context)
    {
        writer.WriteArrayHeader(Shape.Names.Length + 1);
        if (Shape.TypeNames is null)
        {
            writer.WriteNil();
        }
        else
        {
            int kept = Math.Min(Shape.TypeNames.Length, Shape.MaxTypeNames);
            writer.WriteArrayHeader(kept);
            for (int i = 0; i < kept; i++)
            {
                Wire.WriteString(ref writer, Shape.TypeNames[i], context);
            }
        }

        foreach (string name in Shape.Names)
        {
            Wire.WriteString(ref writer, name, context);
        }
    }
}
