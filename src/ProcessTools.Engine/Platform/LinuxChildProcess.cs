using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// A child made with <c>posix_spawn</c> as the leader of a session of its own: Ctrl+C at the terminal does not reach it, and
/// all that it starts can be found by that session even after it is gone. Its exact end (exit or signal) comes from <c>waitpid</c>, which
/// System.Diagnostics.Process does not tell.
/// </summary>
internal sealed class LinuxChildProcess : ChildProcess
{
    private readonly SafeFileHandle _output;
    private readonly SafeFileHandle? _error;
    private readonly SafeFileHandle _wakeReader;
    private readonly SafeFileHandle _wakeWriter;
    private readonly FileStream? _input;
    private readonly IDisposable _watch;
    private readonly object _flushGate = new();
    private readonly ManualResetEventSlim _flushed = new();
    private bool _isPumping;
    private int _disposed;

    private LinuxChildProcess(int id, SafeFileHandle? input, SafeFileHandle output, SafeFileHandle? error)
    {
        Id = id;
        _output = output;
        _error = error;
        (_wakeReader, _wakeWriter) = LinuxPipe.Create();
        _input = input is null ? null : new FileStream(input, FileAccess.Write, bufferSize: 0, isAsync: false);
        Identity = ProcessIdentity.TryGet(id) ?? new ProcessIdentity(id, 0);
        LinuxGuardian.Add(id);
        _watch = ProcessWatcher.Watch(Identity, Reap);
    }

    /// <inheritdoc/>
    public override int Id { get; }

    /// <inheritdoc/>
    public override ProcessIdentity Identity { get; }

    /// <inheritdoc/>
    public override Stream? StandardInput => _input;

    /// <summary>Starts a program.</summary>
    public static LinuxChildProcess Spawn(ChildProcessOptions options)
    {
        SafeFileHandle? inputReader = null;
        SafeFileHandle? inputWriter = null;
        SafeFileHandle? errorReader = null;
        SafeFileHandle? errorWriter = null;
        if (options.RedirectInput)
        {
            (inputReader, inputWriter) = LinuxPipe.Create();
        }

        (SafeFileHandle outputReader, SafeFileHandle outputWriter) = LinuxPipe.Create();
        if (!options.MergeError)
        {
            (errorReader, errorWriter) = LinuxPipe.Create();
        }

        try
        {
            int id = LinuxSpawn.Spawn(options, inputReader, outputWriter, errorWriter ?? outputWriter);
            return new LinuxChildProcess(id, inputWriter, outputReader, errorReader);
        }
        catch
        {
            inputWriter?.Dispose();
            outputReader.Dispose();
            errorReader?.Dispose();
            throw;
        }
        finally
        {
            // The child has its own copies; ours would keep the pipes from ever being at their end.
            inputReader?.Dispose();
            outputWriter.Dispose();
            errorWriter?.Dispose();
        }
    }

    /// <inheritdoc/>
    public override Task PumpOutputAsync(ChildOutputHandler handler)
    {
        TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => Pump(handler, completed), maxStackSize: 256 * 1024)
        {
            IsBackground = true,
            Name = $"ProcessTools output of {Id}",
        };
        _isPumping = true;
        thread.Start();
        return completed.Task;
    }

    /// <inheritdoc/>
    public override void FlushOutput(TimeSpan timeout)
    {
        lock (_flushGate)
        {
            if (!Volatile.Read(ref _isPumping))
            {
                return;
            }

            // One byte asks the pump to read all that is there by now and to say so.
            _flushed.Reset();
            if (LinuxPipe.Write(_wakeWriter, [1]))
            {
                _flushed.Wait(timeout);
            }
        }
    }

    /// <inheritdoc/>
    public override void Terminate() => LinuxProcessTree.Signal(Identity, LinuxSignal.Terminate);

    /// <inheritdoc/>
    public override void KillTree() => LinuxProcessTree.Kill(Identity);

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // Ends the pump; the watch goes on until the process has ended, so that no zombie is left.
        _wakeWriter.Dispose();
        if (_input is not null)
        {
            try
            {
                _input.Dispose();
            }
            catch (IOException)
            {
                // The child is gone and cannot take what was still buffered.
            }
        }

        if (Exit.IsCompleted)
        {
            _watch.Dispose();
        }
    }

    private void Reap()
    {
        // Off the guardian's list while the zombie still holds the id.
        LinuxGuardian.Remove(Id);
        if (LinuxSpawn.TryReap(Id, block: false, out int? exitCode))
        {
            OnReaped(exitCode);
        }
        else
        {
            // Its last threads are on their way out; the watcher's thread must not wait for them.
            ThreadPool.UnsafeQueueUserWorkItem(
                static child =>
                {
                    LinuxSpawn.TryReap(child.Id, block: true, out int? exitCode);
                    child.OnReaped(exitCode);
                },
                this,
                preferLocal: false);
        }
    }

    private void OnReaped(int? exitCode)
    {
        SetExited(exitCode);
        if (Volatile.Read(ref _disposed) != 0)
        {
            _watch.Dispose();
        }
    }

    private void Pump(ChildOutputHandler handler, TaskCompletionSource completed)
    {
        const int BufferSize = 64 * 1024;

        // What a pipe can hold at most; more than that was written after the flush was asked for.
        const int MostPipeCapacity = 1024 * 1024;
        byte[] buffer = new byte[BufferSize];
        SafeFileHandle?[] sources = [_output, _error];
        LinuxPoll[] polls = new LinuxPoll[sources.Length + 1];
        try
        {
            bool mustFlush = false;
            int flushBudget = 0;
            while (sources[0] is not null || sources[1] is not null)
            {
                Poll(sources, polls, mustFlush ? 0 : Timeout.Infinite);
                int count = ReadReady(sources, polls, buffer, handler);
                if (polls[^1].ReturnedEvents != 0)
                {
                    // A byte asks for a flush; the end says that the owner is no longer interested.
                    if (LinuxPipe.Read(_wakeReader, buffer.AsSpan(0, 1)) == 0)
                    {
                        break;
                    }

                    mustFlush = true;
                    flushBudget = 2 * MostPipeCapacity;
                    continue;
                }

                flushBudget -= count;
                if (mustFlush && (count == 0 || flushBudget < 0))
                {
                    mustFlush = false;
                    _flushed.Set();
                }
            }
        }
        finally
        {
            Volatile.Write(ref _isPumping, false);
            _flushed.Set();
            _output.Dispose();
            _error?.Dispose();
            _wakeReader.Dispose();
            completed.SetResult();
        }
    }

    private void Poll(SafeFileHandle?[] sources, LinuxPoll[] polls, int timeoutMilliseconds)
    {
        for (int i = 0; i < sources.Length; i++)
        {
            polls[i] = LinuxPoll.For(sources[i]);
        }

        polls[^1] = LinuxPoll.For(_wakeReader);
        LinuxPoll.Wait(polls, timeoutMilliseconds);
    }

    private static int ReadReady(SafeFileHandle?[] sources, LinuxPoll[] polls, byte[] buffer, ChildOutputHandler handler)
    {
        int total = 0;
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] is not { } source || polls[i].ReturnedEvents == 0)
            {
                continue;
            }

            int count = LinuxPipe.Read(source, buffer);
            handler(i == 0 ? ChildOutputKind.StandardOutput : ChildOutputKind.StandardError, buffer.AsSpan(0, count));
            total += count;
            if (count == 0)
            {
                sources[i] = null;
            }
        }

        return total;
    }
}
