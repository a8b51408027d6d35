using System.Diagnostics;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>Named states and their hosts, which are processes of their own.</summary>
[Trait("Platform", "portable")]
public sealed class NamedStateTests : IDisposable
{
    private readonly string _name = $"tests {Guid.NewGuid():N}";

    public void Dispose() => SharedStates.Remove(_name);

    [Fact]
    public void The_same_name_is_the_same_state_whatever_its_case()
    {
        SharedState state = SharedStates.Open(_name, existing: false);
        Assert.NotEqual(Environment.ProcessId, state.ProcessId);
        Assert.Same(state, SharedStates.Open(_name.ToUpperInvariant(), existing: true));
        state.Items["x"] = 1;
        using PeerProcess other = new("state-hold", ((MemoryState)state).Address);
        other.AwaitReady();
        Assert.Equal(other.Id, state.Dictionary("d")["held"]);
        SharedStateInfo info = Assert.Single(SharedStates.List(_name));
        Assert.Equal((_name, state.ProcessId, 2), (info.Name, info.ProcessId, info.Holders));
        Until.True(() => SharedStates.List(_name)[0].Objects == 2, "the number of objects is written down");
        Assert.Throws<SharedStateNotFoundException>(() => SharedStates.Open(_name + " not", existing: true));
    }

    [Fact]
    public void It_outlives_its_creator_while_anybody_holds_it_and_then_leaves_nothing()
    {
        MemoryState state = (MemoryState)SharedStates.Open(_name, existing: false);
        int host = state.ProcessId;
        string address = state.Address;
        state.Items["x"] = 1;
        using PeerProcess other = new("state-hold", address);
        other.AwaitReady();
        state.Dispose();
        Assert.False(state.IsOpen);
        Assert.IsType<SharedStateRemovedException>(Assert.Throws<SharedPropertyException>(() => state.Items).InnerException);

        // As long as the grace after the last holder is, and longer.
        Assert.False(SpinWait.SpinUntil(() => !Processes.IsRunning(host), TimeSpan.FromSeconds(4)));
        SharedState again = SharedStates.Open(_name, existing: true);
        Assert.Equal(1, again.Items["x"]);
        other.Kill();
        again.Dispose();
        Until.True(() => !Processes.IsRunning(host), "the host ends when nobody holds the state", 20);
        Assert.False(File.Exists(address));
        Assert.Empty(SharedStates.List(_name));
    }

    [Fact]
    public void A_killed_host_is_an_error_for_its_clients_who_may_start_it_anew()
    {
        SharedState state = SharedStates.Open(_name, existing: false);
        state.Items["x"] = 1;
        SharedDictionary items = state.Items;
        SharedLock held = state.Lock("lock");
        held.Acquire();
        Background<Exception?> waiter = Background.Run(() => Record.Exception(() => items.Wait("never")));
        Assert.False(waiter.EndsWithin(0.1));
        Processes.Signal(state.ProcessId, Processes.Kill);
        SharedStateLostException lost = Assert.IsType<SharedStateLostException>(waiter.Result);
        Assert.Equal("SharedStateLost", lost.ErrorId);
        Assert.Contains($"{state.ProcessId}", lost.Message, StringComparison.Ordinal);
        Assert.Throws<SharedStateLostException>(() => items["x"]);
        Assert.Throws<SharedStateLostException>(() => state.Lock("lock"));
        Assert.False(state.IsOpen);

        // What lives in shared memory needs no host.
        held.Release();
        Assert.True(held.Acquire(0));
        held.Release();
        SharedState anew = SharedStates.Open(_name, existing: false);
        Assert.NotEqual(state.ProcessId, anew.ProcessId);
        Assert.Null(anew.Items["x"]);
    }

    [Fact]
    public void A_removed_state_is_an_error_for_its_clients()
    {
        SharedState state = SharedStates.Open(_name, existing: false);
        int host = state.ProcessId;
        SharedDictionary items = state.Items;
        Background<Exception?> waiter = Background.Run(() => Record.Exception(() => items.Wait("never")));
        Assert.False(waiter.EndsWithin(0.1));
        Assert.True(SharedStates.Remove(_name));
        Assert.False(SharedStates.Remove(_name));
        Exception? error = waiter.Result;
        Assert.True(error is SharedStateRemovedException or SharedStateLostException, $"{error}");
        Until.True(() => !Processes.IsRunning(host), "the host ends", 20);
        Assert.NotEqual(host, SharedStates.Open(_name, existing: false).ProcessId);
    }

    [Fact]
    public void A_host_is_nobodys_child_and_has_no_terminal()
    {
        SharedState state = SharedStates.Open(_name, existing: false);
        string stat = File.ReadAllText($"/proc/{state.ProcessId}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.NotEqual($"{Environment.ProcessId}", fields[1]);
        if (PlatformServices.Current is LinuxPlatform)
        {
            string self = File.ReadAllText("/proc/self/stat");
            Assert.NotEqual(self[(self.LastIndexOf(')') + 2)..].Split(' ')[3], fields[3]);
        }

        // No PowerShell engine: no runspace was ever made, and so none of its assemblies but the one.
        string maps = File.ReadAllText($"/proc/{state.ProcessId}/maps");
        Assert.DoesNotContain("Microsoft.PowerShell.ConsoleHost", maps, StringComparison.Ordinal);
        Processes.Signal(state.ProcessId, 2);
        state.Items["x"] = 1;
        Assert.Equal(1, state.Items["x"]);
    }

    [Fact]
    public void Another_user_cannot_open_it()
    {
        const string Program = "/usr/bin/setpriv";
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists(Program), "Only root can become another user, and setpriv does.");
        MemoryState state = (MemoryState)SharedStates.Open(_name, existing: false);
        using Process other = Process.Start(new ProcessStartInfo(Program, ["--reuid=65534", "--regid=65534", "--clear-groups", Repository.Peer, "state-hold", state.Address])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string? said = other.StandardOutput.ReadLine();
        Assert.True(other.WaitForExit(20_000));
        Assert.StartsWith("refused SharedStateLost", said, StringComparison.Ordinal);
        Assert.Contains("denied", said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(RuntimeFolder.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(state.Address));
    }
}
