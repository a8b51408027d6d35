using System.Management.Automation;

namespace ProcessTools.Commands;

/// <summary>
/// The base of commands that wait: one token that is cancelled by Ctrl+C, and by <see cref="Dispose()"/>, the only call that
/// PowerShell always makes when a pipeline ends early (<c>Select-Object -First</c> and a <c>throw</c> downstream call no other).
/// </summary>
public abstract class CancellableCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    private protected CancellableCommand()
    {
    }

    /// <summary>Cancelled when the pipeline stops.</summary>
    private protected CancellationToken PipelineStopped => _cancellation.Token;

    /// <inheritdoc/>
    protected override void StopProcessing() => _cancellation.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the command holds; called once by PowerShell, however the pipeline ended.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing && !_cancellation.IsCancellationRequested)
        {
            _cancellation.Cancel();
        }
    }
}
