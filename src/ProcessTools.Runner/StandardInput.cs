using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ProcessTools.Runner;

/// <summary>
/// Standard input, read by a thread of its own, because a read of the console cannot be cancelled and Ctrl+C must be able to end a
/// script that waits for an answer. It reads only what was asked for.
/// </summary>
internal sealed class StandardInput : IDisposable
{
    private readonly CancellationToken _stop;
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _answered = new(0);
    private readonly Lock _gate = new();
    private Thread? _reader;
    private string? _line;

    /// <summary>Prepares; reads nothing yet.</summary>
    /// <param name="stop">Ends every wait.</param>
    public StandardInput(CancellationToken stop)
    {
        _stop = stop;
    }

    /// <summary>Waits for a line.</summary>
    /// <returns>The line, or null at the end of the input.</returns>
    /// <exception cref="PipelineStoppedException">The script is being stopped.</exception>
    public string? ReadLine()
    {
        lock (_gate)
        {
            if (_reader is null)
            {
                _reader = new Thread(Read) { IsBackground = true, Name = "Standard input" };
                _reader.Start();
            }

            try
            {
                _asked.Release();
                _answered.Wait(_stop);
                return _line;
            }
            catch (OperationCanceledException)
            {
                throw new PipelineStoppedException();
            }
        }
    }

    /// <summary>Writes every line into a pipeline, in the background, and closes it at the end of the input.</summary>
    /// <param name="target">The pipeline's input.</param>
    public void FeedTo(PipelineWriter target)
    {
        var feeder = new Thread(() =>
        {
            try
            {
                while (ReadLine() is { } line)
                {
                    target.Write(line);
                }
            }
            catch (Exception e) when (e is PipelineStoppedException or PipelineClosedException or ObjectDisposedException)
            {
                // The pipeline has ended before its input: nobody wants the rest.
            }
            finally
            {
                target.Close();
            }
        })
        {
            IsBackground = true,
            Name = "Input feeder",
        };
        feeder.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The reader may be inside the console for good; it is a background thread and the semaphores are collected with it.
    }

    private void Read()
    {
        bool ended = false;
        while (true)
        {
            _asked.Wait(CancellationToken.None);
            try
            {
                _line = ended ? null : Console.In.ReadLine();
            }
            catch (IOException)
            {
                _line = null;
            }

            ended = _line is null;
            _answered.Release();
        }
    }
}
