using System.Collections.Concurrent;
using System.Management.Automation;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// A worker that runs an ordinary program: its lines are the output while it runs, its standard error the error stream, piped
/// input its standard input.
/// </summary>
internal sealed class ProgramWorkerProcess : ChildWorkerProcess
{
    // Lines that wait for a program that is behind; beyond it whoever writes waits, which is the back-pressure of a pipe.
    private const int MostQueuedInput = 1024;

    // Handing a pipe's content over takes milliseconds; a receiver that is slow to take it may take longer.
    private static readonly TimeSpan s_flushLimit = TimeSpan.FromMinutes(1);

    private readonly ProgramOptions _options;
    private readonly ChildProcess _process;
    private readonly LineDecoder _output;
    private readonly LineDecoder _error;
    private readonly BlockingCollection<byte[]>? _input;
    private readonly CancellationTokenSource _ended = new();

    private ProgramWorkerProcess(ProgramOptions options, string command, string? name, WorkerLimits limits)
        : base(command, name, limits)
    {
        _options = options;
        _output = new LineDecoder(options.Encoding);
        _error = new LineDecoder(options.Encoding);
        _input = options.Process.RedirectInput ? new BlockingCollection<byte[]>(MostQueuedInput) : null;
        _process = ChildProcess.Start(options.Process);
        try
        {
            Attach(_process);
        }
        catch
        {
            _process.KillTree();
            _process.Dispose();
            throw;
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="ProgramNotFoundException">It cannot be run; nothing was started.</exception>
    public static ProgramWorkerProcess Start(ProgramOptions options, string command, string? name, WorkerLimits limits)
    {
        ProgramWorkerProcess worker = new(options, command, name, limits);
        worker.SetJobState(JobState.Running);
        _ = worker._process.PumpOutputAsync(worker.Take);
        worker.StartThread(worker.AwaitEnd, "end");
        if (worker._input is not null)
        {
            worker.StartThread(worker.WriteInput, "input");
        }

        return worker;
    }

    /// <inheritdoc/>
    public override void SendInput(object? value, CancellationToken cancellation)
    {
        if (_input is null || _input.IsAddingCompleted)
        {
            return;
        }

        object? bare = Unwrapped.Of(value);
        byte[] bytes = bare switch
        {
            byte[] array => array,
            byte single => [single],
            _ => _options.Encoding.GetBytes(LanguagePrimitives.ConvertTo<string>(value) + Environment.NewLine),
        };
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
            _input.Add(bytes, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The program has ended without taking all its input.
        }
        catch (InvalidOperationException)
        {
            // Likewise.
        }
    }

    /// <inheritdoc/>
    public override void CompleteInput(CancellationToken cancellation) => _input?.CompleteAdding();

    /// <inheritdoc/>
    private protected override void AskToStop() => _process.Terminate();

    private void StartThread(Action action, string what) =>
        new Thread(() => action(), maxStackSize: 256 * 1024) { IsBackground = true, Name = $"ProcessTools {what} of {Name}" }.Start();

    private void Take(ChildOutputKind kind, ReadOnlySpan<byte> data)
    {
        try
        {
            if (kind == ChildOutputKind.StandardError)
            {
                _error.Decode(data, AddErrorLine);
            }
            else if (!_options.AsByteStream)
            {
                _output.Decode(data, line => Output.Add(PSObject.AsPSObject(line)));
            }
            else if (!data.IsEmpty)
            {
                Output.Add(PSObject.AsPSObject(data.ToArray()));
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or PSInvalidOperationException)
        {
            // The job was removed meanwhile; the program can go on writing.
        }
    }

    // As PowerShell marks a native program's lines, so that they are shown as the plain text that they are.
    private void AddErrorLine(string line) =>
        Error.Add(new ErrorRecord(new RemoteException(line), "NativeCommandError", ErrorCategory.FromStdErr, line));

    private void AwaitEnd()
    {
        int? exitCode;
        try
        {
            exitCode = _process.Exit.GetAwaiter().GetResult();

            // What it wrote is in the pipe by now. The pipe's end is not waited for: a program that it left behind may keep it
            // open for days.
            _process.FlushOutput(s_flushLimit);
            _input?.CompleteAdding();
            _ended.Cancel();
            ErrorRecord? failure = exitCode is null or < 0
                ? new WorkerCrashedException(Name, _process.Id, exitCode, string.Empty, "while it ran").ErrorRecord
                : null;
            Finish(exitCode, failure);
        }
        catch (Exception exception)
        {
            // Last catch of this thread.
            Finish(null, new ErrorRecord(exception, "WorkerFailed", ErrorCategory.InvalidResult, Name));
        }
        finally
        {
            _process.Dispose();
        }
    }

    private void WriteInput()
    {
        Stream stream = _process.StandardInput!;
        try
        {
            foreach (byte[] bytes in _input!.GetConsumingEnumerable(_ended.Token))
            {
                stream.Write(bytes);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The program has closed its input or ended.
        }

        try
        {
            _input!.CompleteAdding();
            stream.Dispose();
        }
        catch (IOException)
        {
            // Likewise.
        }
    }
}
