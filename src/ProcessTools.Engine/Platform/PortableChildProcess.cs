using System.Diagnostics;

namespace ProcessTools.Engine.Platform;

/// <summary>A child made with System.Diagnostics.Process, for systems without a launcher of their own here.</summary>
internal sealed class PortableChildProcess : ChildProcess
{
    // The runtime reports an end by signal n as 128 + n on Unix.
    private const int SignalBase = 128;
    private const int LastSignal = 64;

    private readonly Process _process;
    private readonly bool _merge;
    private readonly object _handlerGate = new();
    private Task _pumps = Task.CompletedTask;
    private long _lastOutput;

    private PortableChildProcess(Process process, ChildProcessOptions options)
    {
        _process = process;
        _merge = options.MergeError;
        Id = process.Id;
        Identity = ProcessIdentity.TryGet(Id) ?? new ProcessIdentity(Id, 0);
        if (options.RedirectInput)
        {
            StandardInput = process.StandardInput.BaseStream;
        }
        else
        {
            process.StandardInput.Close();
        }

        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => OnExited();
        if (process.HasExited)
        {
            OnExited();
        }
    }

    /// <inheritdoc/>
    public override int Id { get; }

    /// <inheritdoc/>
    public override ProcessIdentity Identity { get; }

    /// <inheritdoc/>
    public override Stream? StandardInput { get; }

    /// <summary>Starts a program.</summary>
    public static PortableChildProcess Spawn(ChildProcessOptions options)
    {
        // A Unix shell joins the two streams in the order in which they were written; two pipes could not.
        bool joinInShell = options.MergeError && !OperatingSystem.IsWindows();
        ProcessStartInfo start = new(
            joinInShell ? "/bin/sh" : options.FileName,
            joinInShell ? ["-c", "exec \"$0\" \"$@\" 2>&1", options.FileName, .. options.Arguments] : options.Arguments)
        {
            WorkingDirectory = options.WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new PortableChildProcess(Process.Start(start)!, options);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new WorkerStartException($"The process '{options.FileName}' could not be started: {exception.Message}.", exception, options.FileName);
        }
    }

    /// <inheritdoc/>
    public override Task PumpOutputAsync(ChildOutputHandler handler)
    {
        ChildOutputHandler serialized = (kind, data) =>
        {
            lock (_handlerGate)
            {
                handler(kind, data);
                _lastOutput = Stopwatch.GetTimestamp();
            }
        };
        Task output = PumpStreamAsync(_process.StandardOutput.BaseStream, ChildOutputKind.StandardOutput, serialized);
        Task error = PumpStreamAsync(_process.StandardError.BaseStream, _merge ? ChildOutputKind.StandardOutput : ChildOutputKind.StandardError, serialized);
        _pumps = Task.WhenAll(output, error);
        return _pumps;
    }

    /// <inheritdoc/>
    public override void FlushOutput(TimeSpan timeout)
    {
        // There is no portable way to know that a pipe is empty: one that has been quiet for a while is taken for it. A child that
        // has ended closes it, unless something that it left behind holds it open.
        TimeSpan quiet = TimeSpan.FromMilliseconds(Exit.IsCompleted ? 200 : 20);
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < timeout && !_pumps.Wait(quiet / 2))
        {
            // Under the gate: while output is being handed over, however long that takes, it is not quiet.
            lock (_handlerGate)
            {
                if (Stopwatch.GetElapsedTime(Math.Max(begin, _lastOutput)) >= quiet)
                {
                    return;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Terminate()
    {
        if (OperatingSystem.IsWindows())
        {
            // There is no way to ask; the caller's grace time passes and KillTree follows.
            return;
        }

        try
        {
            using Process? kill = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Likewise where there is no such program.
        }
    }

    /// <inheritdoc/>
    public override void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It has ended already, or a descendant has.
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Exit.IsCompleted)
        {
            _process.Dispose();
        }
    }

    private static Task PumpStreamAsync(Stream stream, ChildOutputKind kind, ChildOutputHandler handler)
    {
        TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(
            () =>
            {
                byte[] buffer = new byte[64 * 1024];
                try
                {
                    int count;
                    while ((count = stream.Read(buffer)) > 0)
                    {
                        handler(kind, buffer.AsSpan(0, count));
                    }
                }
                catch (Exception exception) when (exception is IOException or ObjectDisposedException)
                {
                    // The other end is gone; what came has been handed on.
                }
                finally
                {
                    handler(kind, []);
                    completed.SetResult();
                }
            },
            maxStackSize: 256 * 1024)
        {
            IsBackground = true,
            Name = "ProcessTools output",
        };
        thread.Start();
        return completed.Task;
    }

    private void OnExited()
    {
        int code = _process.ExitCode;
        bool signalled = !OperatingSystem.IsWindows() && code > SignalBase && code <= SignalBase + LastSignal;
        SetExited(signalled ? SignalBase - code : code);
    }
}
