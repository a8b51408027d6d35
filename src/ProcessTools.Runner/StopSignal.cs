using System.Runtime.InteropServices;

namespace ProcessTools.Runner;

/// <summary>
/// Ctrl+C and the polite end (SIGTERM). The first one asks the script to stop, so that its <c>finally</c> blocks run; the
/// process ends in any case, at once at the second one.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    // Long enough for finally blocks and for workers that are given their two seconds of grace; short enough for a person who waits.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _exitCode;

    /// <summary>Starts to listen.</summary>
    public StopSignal()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>The exit code that tells of the signal; zero before any.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _requested.Dispose();
    }

    private static int CodeOf(PosixSignal signal) => ExitCodes.SignalBase + (signal == PosixSignal.SIGTERM ? 15 : 2);

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        int code = CodeOf(context.Signal);
        if (Interlocked.CompareExchange(ref _exitCode, code, 0) != 0)
        {
            Environment.Exit(code);
        }

        // A script that sits in native code or in an endless finally block ignores the request; a thread of its own, because the
        // pool's may all be in the script's hands.
        var watchdog = new Thread(() =>
        {
            using var never = new ManualResetEvent(false);
            never.WaitOne(s_patience);
            Environment.Exit(code);
        })
        {
            IsBackground = true,
            Name = "Stop watchdog",
        };
        watchdog.Start();
        _requested.Cancel();
    }
}
