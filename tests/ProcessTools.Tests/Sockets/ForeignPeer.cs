using System.Diagnostics;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>A program in another language: <c>python-peer.py</c> or <c>node-peer.js</c> of the examples.</summary>
internal sealed class ForeignPeer : IDisposable
{
    private static readonly string s_nodeModules = Path.Combine(Repository.Root, "out", "npm", "node_modules");
    private static readonly Lazy<string?> s_python = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(static python => Succeeds(python, "-c", "import msgpack")));
    private static readonly Lazy<bool> s_hasNode = new(static () => Directory.Exists(Path.Combine(s_nodeModules, "@msgpack", "msgpack")) && Succeeds("node", "--version"));

    private readonly Process _process;

    /// <summary>Starts one; skips the test where the language or its MessagePack is missing.</summary>
    /// <param name="language"><c>python</c> or <c>node</c>.</param>
    /// <param name="key">The key, or null for none.</param>
    /// <param name="arguments">The program's.</param>
    public ForeignPeer(string language, string? key, params string[] arguments)
    {
        (string program, string script) = language == "python" ? (s_python.Value!, "python-peer.py") : ("node", "node-peer.js");
        Assert.SkipWhen(language == "python" && s_python.Value is null, "No python3 with msgpack is here: install python3-msgpack.");
        Assert.SkipWhen(language == "node" && !s_hasNode.Value, "No Node.js with @msgpack/msgpack is here: npm install --prefix out/npm @msgpack/msgpack");
        ProcessStartInfo start = new(program, [Path.Combine(Repository.Root, "src", "Examples", script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE_PATH"] = s_nodeModules;
        if (key is not null)
        {
            start.Environment["PEER_KEY"] = key;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>What it writes next, which is null at its end.</summary>
    public string? ReadLine() => Background.Run(_process.StandardOutput.ReadLine).Result;

    /// <summary>Waits for its end, and fails the test unless it is a good one.</summary>
    public void AwaitEnd()
    {
        (int code, string error) = AwaitExit();
        Assert.True(code == 0, error);
    }

    /// <summary>Waits for its end.</summary>
    public (int Code, string Error) AwaitExit()
    {
        string error = Background.Run(_process.StandardError.ReadToEnd).Result;
        Assert.True(Background.Run(() => _process.WaitForExit(60_000)).Result, "It does not end.");
        return (_process.ExitCode, error);
    }

    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
