using System.Collections.Concurrent;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Reads the definitions of shapes. A process sees the same few over and over, one in each message, so those seen are found again by
/// their bytes, without decoding and checking the names.
/// </summary>
internal static class ShapeReader
{
    /// <summary>How many shapes are kept. Beyond it all are forgotten, so that a peer cannot fill the memory.</summary>
    private const int MaxKept = 1024;

    /// <summary>Longer definitions are not kept.</summary>
    private const int MaxKeptBytes = 2048;

    private static readonly ConcurrentDictionary<int, (byte[] Bytes, Shape Shape)> s_kept = new();

    /// <summary>Reads a definition.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="context">The message.</param>
    /// <returns>The shape.</returns>
    public static Shape Read(ref MessagePackReader reader, ReadContext context)
    {
        // A definition ends where it ends: what begins with the bytes of one that we know is that one.
        ReadOnlySpan<byte> rest = reader.Sequence.IsSingleSegment ? reader.Sequence.FirstSpan[(int)reader.Consumed..] : default;
        (byte[] Bytes, Shape Shape) latest = context.LatestShape;
        if (latest.Bytes is not null && rest.StartsWith(latest.Bytes))
        {
            reader.ReadRaw(latest.Bytes.Length);
            return latest.Shape;
        }

        MessagePackReader probe = reader;
        if (!TrySkip(ref probe) || probe.Consumed - reader.Consumed > MaxKeptBytes)
        {
            return Decode(ref reader, context);
        }

        MessagePackReader raw = reader;
        long length = probe.Consumed - reader.Consumed;
        ReadOnlySpan<byte> bytes = raw.ReadRaw(length).FirstSpan;
        if (bytes.Length != length)
        {
            return Decode(ref reader, context);
        }

        // Seeded anew in each process, so that a peer cannot choose definitions that push each other out.
        HashCode hash = default;
        hash.AddBytes(bytes);
        int key = hash.ToHashCode();
        if (s_kept.TryGetValue(key, out (byte[] Bytes, Shape Shape) kept) && bytes.SequenceEqual(kept.Bytes))
        {
            reader = probe;
            context.LatestShape = kept;
            return kept.Shape;
        }

        Shape shape = Decode(ref reader, context);
        if (s_kept.Count >= MaxKept)
        {
            s_kept.Clear();
        }

        s_kept[key] = context.LatestShape = (bytes.ToArray(), shape);
        return shape;
    }

    /// <summary>Goes over a definition whose strings lie in one piece each; whatever else there is, decoding says what is wrong with it.</summary>
    private static bool TrySkip(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType != MessagePackType.Array)
        {
            return false;
        }

        int count = reader.ReadArrayHeader();
        if (count == 0 || (!reader.TryReadNil() && !(reader.NextMessagePackType == MessagePackType.Array && TrySkipStrings(ref reader, reader.ReadArrayHeader()))))
        {
            return false;
        }

        return TrySkipStrings(ref reader, count - 1);
    }

    private static bool TrySkipStrings(ref MessagePackReader reader, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (reader.NextMessagePackType != MessagePackType.String || !reader.TryReadStringSpan(out _))
            {
                return false;
            }
        }

        return true;
    }

    private static Shape Decode(ref MessagePackReader reader, ReadContext context)
    {
        int parts = Wire.ReadArrayHeader(ref reader, 1);
        context.Enter(parts, 64);
        string[]? typeNames = ReadTypeNames(ref reader, context);
        string[] names = new string[parts - 1];
        HashSet<string> seen = new(names.Length, StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Length; i++)
        {
            string name = Wire.ReadText(ref reader, context);
            if (name.Length == 0 || !seen.Add(name) || IsReserved(name))
            {
                throw new InvalidDataFrameException("The data has an object with a property name that is empty, reserved or there twice.");
            }

            names[i] = name;
        }

        context.Leave();
        return new Shape(typeNames, names);
    }

    private static string[]? ReadTypeNames(ref MessagePackReader reader, ReadContext context)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        string[] typeNames = new string[Wire.ReadArrayHeader(ref reader, 0, Shape.MaxTypeNames)];
        for (int i = 0; i < typeNames.Length; i++)
        {
            typeNames[i] = Wire.ReadText(ref reader, context);
        }

        return typeNames;
    }

    // What PowerShell itself refuses in PSObject.Properties.Add.
    private static bool IsReserved(string name) =>
        name.StartsWith("ps", StringComparison.OrdinalIgnoreCase)
        && (name.Equals("psbase", StringComparison.OrdinalIgnoreCase)
            || name.Equals("psadapted", StringComparison.OrdinalIgnoreCase)
            || name.Equals("psextended", StringComparison.OrdinalIgnoreCase)
            || name.Equals("psobject", StringComparison.OrdinalIgnoreCase)
            || name.Equals("pstypenames", StringComparison.OrdinalIgnoreCase));
}
