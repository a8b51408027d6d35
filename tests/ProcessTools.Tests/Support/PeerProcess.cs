using System.Diagnostics;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>The other process of the memory and transport tests: ProcessTools.Tests.Peer in one of its roles.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;
    private bool _isDisposed;

    public PeerProcess(params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(Repository.Peer, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        Id = _process.Id;
    }

    public int Id { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public string ReadLine() => Background.Run(_process.StandardOutput.ReadLine).Result ?? throw new InvalidOperationException("The peer has ended.");

    public void AwaitReady() => Assert.StartsWith("ready", ReadLine(), StringComparison.Ordinal);

    public void Kill() => Processes.Signal(Id, Processes.Kill);

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
