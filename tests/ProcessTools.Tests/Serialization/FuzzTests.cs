using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Xml;
using ProcessTools.Engine.Serialization;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Serialization;

/// <summary>
/// Frames that are random, cut or changed: a reader gives a value or <see cref="InvalidDataFrameException"/>, soon, and takes no more
/// memory than its limit. The seed is fixed, so that a failure comes again; the long form has many times as many frames.
/// </summary>
public sealed class FuzzTests
{
    private const int Frames = 25_000;
    private const long MaxMemory = 4 << 20;
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(5);
    private static readonly int s_factor = LongForm.Rounds(1, 100);
    private static readonly ObjectSerializer s_full = new(WireProfile.Full, new SerializerLimits { MaxMemory = MaxMemory, MaxDepth = 32 });
    private static readonly ObjectSerializer s_plain = new(WireProfile.Plain, new SerializerLimits { MaxMemory = MaxMemory, MaxDepth = 32 });
    private static readonly byte[][] s_seeds = MakeSeeds();

    [Fact]
    public void Random_frames_give_a_value_or_our_error()
    {
        Random random = new(1);
        for (int i = 0; i < Frames * s_factor; i++)
        {
            byte[] frame = new byte[random.Next(1, 120)];
            random.NextBytes(frame);
            Try(frame);
        }
    }

    [Fact]
    public void Random_frames_that_begin_like_ours_give_a_value_or_our_error()
    {
        Random random = new(2);
        for (int i = 0; i < Frames * s_factor; i++)
        {
            byte[] frame = new byte[random.Next(4, 80)];
            random.NextBytes(frame);
            frame[0] = (byte)(0x90 | random.Next(16));
            frame[1] = 0xd4;
            frame[2] = (byte)random.Next(60, 90);
            for (int j = 3; j < frame.Length; j++)
            {
                // Small values make structure likelier than noise does.
                frame[j] = random.Next(3) == 0 ? frame[j] : (byte)(random.Next(4) == 0 ? 0xc0 : random.Next(32));
            }

            Try(frame);
        }
    }

    [Fact]
    public void Frames_cut_at_every_byte_give_our_error()
    {
        foreach (byte[] seed in s_seeds)
        {
            for (int length = 0; length < seed.Length; length += seed.Length > 2000 ? 37 : 1)
            {
                byte[] frame = seed[..length];
                Assert.Throws<InvalidDataFrameException>(() => s_full.Deserialize(frame));
            }
        }
    }

    [Fact]
    public void Frames_with_one_byte_changed_give_a_value_or_our_error()
    {
        Random random = new(3);
        for (int i = 0; i < Frames * s_factor; i++)
        {
            byte[] frame = [.. s_seeds[i % s_seeds.Length]];
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
            Try(frame);
        }
    }

    [Fact]
    public void Frames_with_much_changed_give_a_value_or_our_error()
    {
        Random random = new(4);
        for (int i = 0; i < Frames * s_factor; i++)
        {
            List<byte> frame = [.. s_seeds[random.Next(s_seeds.Length)]];
            for (int changes = random.Next(1, 8); changes > 0 && frame.Count > 0; changes--)
            {
                int at = random.Next(frame.Count);
                switch (random.Next(5))
                {
                    case 0:
                        frame[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        frame.RemoveRange(at, Math.Min(random.Next(1, 9), frame.Count - at));
                        break;
                    case 2:
                        byte[] other = s_seeds[random.Next(s_seeds.Length)];
                        frame.InsertRange(at, other.AsSpan(random.Next(other.Length)) is { Length: > 40 } tail ? tail[..40].ToArray() : other);
                        break;
                    case 3:
                        frame[at] = (byte)(0xc0 + random.Next(0x20));
                        break;
                    default:
                        frame[at] = 0xff;
                        break;
                }
            }

            Try([.. frame]);
        }
    }

    private static void Try(byte[] frame)
    {
        foreach (ObjectSerializer serializer in new[] { s_full, s_plain })
        {
            long memory = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            try
            {
                serializer.Deserialize(frame);
            }
            catch (InvalidDataFrameException)
            {
                // What should happen.
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType()} from {Convert.ToHexString(frame)}: {e}");
            }

            // The estimate is rough, and what is read once for good (a type's name, a parser's tables) is not counted.
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - memory < 8 * MaxMemory, $"memory for {Convert.ToHexString(frame)}");
            Assert.True(Stopwatch.GetElapsedTime(start) < s_slow, $"time for {Convert.ToHexString(frame)}");
        }
    }

    private static byte[][] MakeSeeds()
    {
        List<byte[]> seeds = [.. Samples.ByName.Values.Select(static v => Wires.Write(v)).Where(static b => b.Length < 5000)];
        XmlDocument xml = new();
        xml.LoadXml("<a b='c'><d/>e</a>");
        PSObject noted = new("text");
        noted.Properties.Add(new PSNoteProperty("Note", 1));
        object[] more =
        [
            Wires.Custom(("a", 1), ("b", Wires.Custom(("c", "d")))),
            new object[] { Wires.Custom(("a", 1)), Wires.Custom(("a", 2)), Wires.Custom(("a", 1), ("b", 2)) },
            noted,
            new FileInfo("a.txt"),
            ScriptBlock.Create("param($x) $x + 1"),
            ErrorTests.Fail("throw [System.IO.FileNotFoundException]::new('gone', 'f.txt')"),
            ErrorTests.Fail("Get-NoSuchCommand"),
            new AggregateException("m", new ArgumentOutOfRangeException("p", 5, "x"), new NotSerializableException("$.a", "b")),
            new WarningRecord("id", "warning"),
            new VerboseRecord("v"),
            new InformationRecord(new HostInformationMessage { Message = "m", ForegroundColor = ConsoleColor.Red }, "s"),
            new ProgressRecord(1, "a", "s"),
            new NetworkCredential("", "secret").SecurePassword,
            new PSCredential("u", new NetworkCredential("", "secret").SecurePassword),
            new System.Text.RegularExpressions.Regex("a+b"),
            xml,
            new List<FileAttributes> { FileAttributes.Hidden },
        ];
        seeds.AddRange(more.Select(static v => Wires.Write(v)));
        return [.. seeds];
    }
}
