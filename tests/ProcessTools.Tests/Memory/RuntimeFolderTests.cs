using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Memory;

/// <summary>The folder of the segments: whose it is, and what is left in it.</summary>
[Trait("Platform", "portable")]
public sealed class RuntimeFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pt-folder").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_is_made_for_its_owner_alone()
    {
        string path = RuntimeFolder.Prepare(Path.Combine(_folder, "new"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal(path, RuntimeFolder.Prepare(path));
    }

    [Fact]
    public void A_segments_file_is_its_owners_alone()
    {
        using Segment segment = Segment.Create("test", 4096);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(segment.Path));
        segment.Unlink();
        Assert.False(File.Exists(segment.Path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherExecute)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_folder_that_others_may_enter_is_refused(UnixFileMode more)
    {
        string path = RuntimeFolder.Prepare(Path.Combine(_folder, "open"));
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
        Assert.Equal("RuntimeFolderInsecure", Assert.Throws<RuntimeFolderException>(() => RuntimeFolder.Prepare(path)).ErrorId);
    }

    [Fact]
    public void A_symbolic_link_is_refused()
    {
        string target = RuntimeFolder.Prepare(Path.Combine(_folder, "target"));
        string link = Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, target);
        Assert.Throws<RuntimeFolderException>(() => RuntimeFolder.Prepare(link));
    }

    [Fact]
    public void Another_users_folder_is_refused()
    {
        Assert.SkipUnless(Environment.UserName == "root" && PlatformServices.Current is LinuxPlatform, "Only root can give a folder away, and only the native check sees through root's rights.");
        string path = RuntimeFolder.Prepare(Path.Combine(_folder, "foreign"));
        using (Process chown = Process.Start("chown", ["65534", path]))
        {
            chown.WaitForExit();
        }

        Assert.Contains("65534", Assert.Throws<RuntimeFolderException>(() => RuntimeFolder.Prepare(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_file_system_is_an_error_and_never_a_crash()
    {
        // More than any machine that runs the tests has.
        SharedMemoryFullException exception = Assert.Throws<SharedMemoryFullException>(() => Segment.Create("test", 1L << 46));
        Assert.Equal(1L << 46, exception.Size);
        Assert.DoesNotContain(Directory.GetFiles(RuntimeFolder.Path), static path => LengthOf(path) > 1L << 40);
    }

    [Fact]
    public void What_a_killed_process_left_is_swept_and_what_somebody_holds_is_not()
    {
        using Segment held = Segment.Create("test", 4096);
        using PeerProcess peer = new("hold", held.Path);
        peer.AwaitReady();
        ProcessIdentity identity = ProcessIdentity.TryGet(peer.Id)!.Value;

        // As if that process had made them: one that nobody holds, one that this process holds.
        string orphan = Path.Combine(RuntimeFolder.Path, $"test-{identity.Id}-{identity.StartTime}-AA.segment");
        string shared = Path.Combine(RuntimeFolder.Path, $"test-{identity.Id}-{identity.StartTime}-BB.segment");
        File.WriteAllBytes(orphan, new byte[4096]);
        File.WriteAllBytes(shared, new byte[4096]);

        // Held before its maker dies, because any process may sweep after that.
        using (Segment open = Segment.Open(shared, 4096))
        {
            RuntimeFolder.Sweep();
            Assert.True(File.Exists(orphan), "its maker lives");
            peer.Kill();
            Until.True(() => !identity.IsAlive, "it is dead");
            RuntimeFolder.Sweep();
            Assert.False(File.Exists(orphan));
            Assert.True(File.Exists(shared), "somebody holds it");
            Assert.True(File.Exists(held.Path), "its maker lives");
        }

        RuntimeFolder.Sweep();
        Assert.False(File.Exists(shared));
        held.Unlink();
    }

    // Files of other tests come and go.
    private static long LengthOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
