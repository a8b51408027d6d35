using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Benchmarks;

/// <summary>The serializer beside CLIXML: nanoseconds of a round trip, bytes on the wire, and how many times better.</summary>
internal static class SerializerBenchmark
{
    /// <summary>Each measurement is the best of so many: what disturbs a measurement only makes it longer.</summary>
    private const int Rounds = 15;

    /// <summary>Rounds that do not count, until the runtime has compiled everything for good.</summary>
    private const int WarmUp = 5;

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures and prints.</summary>
    /// <param name="output">Where to.</param>
    public static void Run(TextWriter output)
    {
        Compare(output, "object5", Sample(1));
        Compare(output, "object5.array100", Enumerable.Range(1, 100).Select(i => (object)Sample(i)).ToArray());
        Compare(output, "int", 42);
        Compare(output, "string20", "twenty characters...");
        Compare(output, "hashtable5", new Hashtable(StringComparer.OrdinalIgnoreCase) { ["Id"] = 1, ["Name"] = "name", ["When"] = DateTime.UtcNow, ["Ok"] = true, ["Size"] = 5L });
        Compare(output, "int.array1000", Enumerable.Range(0, 1000).ToArray());
        Compare(output, "bytes.64KiB", new byte[1 << 16]);
        Compare(output, "string.array100", Enumerable.Range(0, 100).Select(i => $"some string {i}").ToArray());
        Compare(output, "error", MakeError());
        Large(output);
    }

    private static PSObject Sample(int id)
    {
        PSObject value = new();
        value.Properties.Add(new PSNoteProperty("Id", id));
        value.Properties.Add(new PSNoteProperty("Name", "some name"));
        value.Properties.Add(new PSNoteProperty("When", new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc)));
        value.Properties.Add(new PSNoteProperty("Ok", true));
        value.Properties.Add(new PSNoteProperty("Tags", new[] { 1, 2, 3 }));
        return value;
    }

    private static ErrorRecord MakeError()
    {
        try
        {
            throw new FileNotFoundException("gone", "file.txt");
        }
        catch (FileNotFoundException e)
        {
            return new ErrorRecord(e, "Some.Id", ErrorCategory.ObjectNotFound, "file.txt");
        }
    }

    private static void Compare(TextWriter output, string name, object value)
    {
        using PooledBufferWriter buffer = new();
        ObjectSerializer full = ObjectSerializer.Full;
        full.Serialize(buffer, value);
        int bytes = buffer.WrittenCount;
        string clixml = PSSerializer.Serialize(value);
        int clixmlBytes = Encoding.UTF8.GetByteCount(clixml);

        // Taking turns, so that a machine that slows down slows both.
        double ours = double.MaxValue;
        double write = double.MaxValue;
        double theirs = double.MaxValue;
        for (int round = -WarmUp; round < Rounds; round++)
        {
            if (round == 0)
            {
                ours = write = theirs = double.MaxValue;
            }

            write = Math.Min(write, Measure(() =>
            {
                buffer.Clear();
                full.Serialize(buffer, value);
            }));
            ours = Math.Min(ours, Measure(() =>
            {
                buffer.Clear();
                full.Serialize(buffer, value);
                full.Deserialize(buffer.WrittenMemory);
            }));
            theirs = Math.Min(theirs, Measure(() => PSSerializer.Deserialize(PSSerializer.Serialize(value))));
        }

        Print(output, $"serializer.{name}.write.ns", write);
        Print(output, $"serializer.{name}.roundtrip.ns", ours);
        Print(output, $"serializer.{name}.roundtrip.clixml.ns", theirs);
        Print(output, $"serializer.{name}.roundtrip.ratio", theirs / ours);
        Print(output, $"serializer.{name}.bytes", bytes);
        Print(output, $"serializer.{name}.bytes.clixml", clixmlBytes);
        Print(output, $"serializer.{name}.bytes.ratio", (double)clixmlBytes / bytes);
    }

    private static void Large(TextWriter output)
    {
        byte[] value = GC.AllocateUninitializedArray<byte>(1 << 30);
        using PooledBufferWriter buffer = new();
        long start = Stopwatch.GetTimestamp();
        ObjectSerializer.Full.Serialize(buffer, value);
        double write = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        byte[] copy = (byte[])ObjectSerializer.Full.Deserialize(buffer.WrittenMemory)!;
        double read = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Print(output, "serializer.bytes.1GiB.write.seconds", write);
        Print(output, "serializer.bytes.1GiB.read.seconds", read + (copy.Length == value.Length ? 0 : double.NaN));
    }

    private static double Measure(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        long batch = 1;
        while (true)
        {
            for (long i = 0; i < batch; i++)
            {
                action();
            }

            count += batch;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed >= s_round)
            {
                return elapsed.TotalNanoseconds / count;
            }

            batch = Math.Min(batch * 2, 1000);
        }
    }

    private static void Print(TextWriter output, string name, double value) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{value:0.###}"));
}
