using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ProcessTools.Engine.Serialization;
using Xunit;

namespace ProcessTools.Tests.Serialization;

/// <summary>What the serializer's tests share: there and back, and deep comparison.</summary>
internal static class Wires
{
    public static byte[] Write(object? value, ObjectSerializer? serializer = null)
    {
        using PooledBufferWriter buffer = new();
        (serializer ?? ObjectSerializer.Full).Serialize(buffer, value);
        return buffer.WrittenSpan.ToArray();
    }

    public static object? Read(byte[] bytes, ObjectSerializer? serializer = null) => (serializer ?? ObjectSerializer.Full).Deserialize(bytes);

    public static object? RoundTrip(object? value, ObjectSerializer? serializer = null) => Read(Write(value, serializer), serializer);

    public static T RoundTrip<T>(T value, ObjectSerializer? serializer = null) => Assert.IsType<T>(RoundTrip((object?)value, serializer), exactMatch: false);

    /// <summary>A sequence whose segments are of a few bytes each, so that every value lies across two.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, int size)
    {
        if (bytes.Length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        Segment first = new(bytes.AsMemory(0, Math.Min(size, bytes.Length)), 0);
        Segment last = first;
        for (int i = size; i < bytes.Length; i += size)
        {
            last = last.Append(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public static PSObject Custom(params (string Name, object? Value)[] properties)
    {
        PSObject value = new();
        foreach ((string name, object? item) in properties)
        {
            value.Properties.Add(new PSNoteProperty(name, item));
        }

        return value;
    }

    /// <summary>Runs a script in a runspace of its own; with <paramref name="inside"/> also something in the same runspace, on its thread.</summary>
    public static List<object?> Run(string script, Func<PSObject, object?>? inside = null, TypeData? types = null)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (types is not null)
        {
            state.Types.Add(new SessionStateTypeEntry(types, isRemove: false));
        }

        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);
        List<PSObject> output = [.. shell.AddScript(script).Invoke()];
        if (inside is null)
        {
            return [.. output];
        }

        Runspace? former = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = runspace;
        try
        {
            return output.ConvertAll(o => inside(o));
        }
        finally
        {
            Runspace.DefaultRunspace = former;
        }
    }

    public static bool Same(object? left, object? right)
    {
        if (left is null || right is null)
        {
            return left is null && right is null;
        }

        if (left is PSObject leftObject && right is PSObject rightObject)
        {
            return SameObject(leftObject, rightObject);
        }

        if (left.GetType() != right.GetType())
        {
            return false;
        }

        return left switch
        {
            string => left.Equals(right),
            double number => number.Equals((double)right) && double.IsNegative(number) == double.IsNegative((double)right),
            DateTime time => time.Ticks == ((DateTime)right).Ticks && time.Kind == ((DateTime)right).Kind,
            DateTimeOffset time => time.EqualsExact((DateTimeOffset)right),
            IDictionary map => SameMap(map, (IDictionary)right),
            Array { Rank: > 1 } array => SameShape(array, (Array)right) && SameItems(array, (Array)right),
            IEnumerable items => SameItems(items, (IEnumerable)right),
            DictionaryEntry entry => Same(entry.Key, ((DictionaryEntry)right).Key) && Same(entry.Value, ((DictionaryEntry)right).Value),
            _ => left.Equals(right),
        };
    }

    private static bool SameObject(PSObject left, PSObject right)
    {
        if (left.BaseObject is not PSCustomObject && !Same(left.BaseObject, right.BaseObject))
        {
            return false;
        }

        PSPropertyInfo[] mine = [.. left.Properties.Where(p => p is PSNoteProperty)];
        PSPropertyInfo[] theirs = [.. right.Properties.Where(p => p is PSNoteProperty)];
        return left.TypeNames.SequenceEqual(right.TypeNames)
            && mine.Select(p => p.Name).SequenceEqual(theirs.Select(p => p.Name))
            && mine.Zip(theirs).All(p => Same(p.First.Value, p.Second.Value));
    }

    private static bool SameMap(IDictionary left, IDictionary right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (DictionaryEntry entry in left)
        {
            if (!right.Contains(entry.Key) || !Same(entry.Value, left is System.Collections.Specialized.OrderedDictionary ? ByKey(right, entry.Key) : right[entry.Key]))
            {
                return false;
            }
        }

        return left is not System.Collections.Specialized.OrderedDictionary || left.Keys.Cast<object>().SequenceEqual(right.Keys.Cast<object>());
    }

    private static object? ByKey(IDictionary map, object key)
    {
        foreach (DictionaryEntry entry in map)
        {
            if (entry.Key.Equals(key))
            {
                return entry.Value;
            }
        }

        return null;
    }

    private static bool SameShape(Array left, Array right) =>
        left.Rank == right.Rank && Enumerable.Range(0, left.Rank).All(d => left.GetLength(d) == right.GetLength(d));

    private static bool SameItems(IEnumerable left, IEnumerable right)
    {
        object?[] mine = [.. left.Cast<object?>()];
        object?[] theirs = [.. right.Cast<object?>()];
        return mine.Length == theirs.Length && mine.Zip(theirs).All(p => Same(p.First, p.Second));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            Segment next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
