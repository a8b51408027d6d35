using System.Collections;
using System.Security.Cryptography;
using System.Text;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Transport;
using ProcessTools.Engine.Workers.Hosting;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// The session's end of a worker: its process and the connection to it. Whatever step of the start goes wrong, nothing is left: no
/// process, no zombie, no file.
/// </summary>
internal sealed class WorkerLink : IDisposable
{
    private const string HooksVariable = "DOTNET_STARTUP_HOOKS";
    private const int SecretBytes = 16;

    // A process that has said goodbye is gone in milliseconds; one that hangs in an exit handler is not waited for longer.
    private static readonly TimeSpan s_exitGrace = TimeSpan.FromSeconds(5);

    private readonly SharedMemoryConnection _connection;
    private readonly string _secret;
    private int _disposed;

    private WorkerLink(SharedMemoryConnection connection, string secret, ChildProcess process)
    {
        _connection = connection;
        _secret = secret;
        Process = process;
        _ = process.PumpOutputAsync(Console.Take);
    }

    /// <summary>The worker's process.</summary>
    public ChildProcess Process { get; }

    /// <summary>What handles in messages to the worker travel in.</summary>
    public Carrier Carrier => new(ProcessWord.Of(Process.Identity), 0);

    /// <summary>What the process writes past PowerShell.</summary>
    public ConsoleRelay Console { get; } = new();

    /// <summary>The connection; of use after <see cref="AwaitGreeting"/>.</summary>
    public Connection Connection => _connection;

    /// <summary>Starts a worker's process and returns at once.</summary>
    /// <param name="isStandby">True when nothing waits for it yet.</param>
    /// <exception cref="WorkerStartException">It could not be started.</exception>
    public static WorkerLink Boot(bool isStandby)
    {
        (string program, string[] arguments) = HostProgram.Find();
        SharedMemoryConnection connection = SharedMemoryConnection.Create(new SharedMemoryConnectionOptions());
        try
        {
            string secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(SecretBytes));
            Dictionary<string, string> environment = CurrentEnvironment();
            environment.TryGetValue(HooksVariable, out string? hooks);
            environment[HooksVariable] = string.IsNullOrEmpty(hooks) ? HostProgram.HookPath : $"{hooks}{Path.PathSeparator}{HostProgram.HookPath}";
            WorkerRuntime.Tune(environment);
            environment[WorkerAddress.VariableName] = new WorkerAddress(connection.Address, secret, ProcessIdentity.Current, isStandby).ToString();
            ChildProcess process = ChildProcess.Start(new ChildProcessOptions
            {
                FileName = program,
                Arguments = arguments,
                WorkingDirectory = Path.GetPathRoot(program) ?? "/",
                Environment = environment,
            });
            connection.AttachPeer(process.Identity);
            return new WorkerLink(connection, secret, process);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>This process's environment.</summary>
    public static Dictionary<string, string> CurrentEnvironment()
    {
        Dictionary<string, string> environment = new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? string.Empty;
        }

        return environment;
    }

    /// <summary>Waits for the worker's greeting and checks it.</summary>
    /// <param name="name">The worker's name, for the error.</param>
    /// <exception cref="WorkerStartException">It did not greet in time, or not with its secret.</exception>
    /// <exception cref="WorkerCrashedException">Its process ended before.</exception>
    public void AwaitGreeting(string name)
    {
        TimeSpan timeout = WorkerSettings.BootTimeout;
        switch (_connection.TryReceive(out ReceivedFrame? frame, timeout))
        {
            case ReceiveStatus.TimedOut:
                throw new WorkerStartException(
                    $"The process of worker '{name}' did not come up within {timeout.TotalSeconds:0.#} seconds and was killed. Set {WorkerSettings.BootTimeoutVariable} higher if the machine is that slow.");

            case ReceiveStatus.EndOfFile:
                throw DescribeDeath(name, "while it started");

            default:
                using (frame)
                {
                    Check(frame!, name);
                }

                // Both ends hold the segment now, so that its name is needed no more and cannot be left behind.
                _connection.Unlink();
                break;
        }
    }

    /// <summary>Sends a message that has no body.</summary>
    public void Send(WorkerMessageKind kind, CancellationToken cancellation = default) => _connection.Send([(byte)kind], cancellation);

    /// <summary>Makes the error that says how the process died.</summary>
    public WorkerCrashedException DescribeDeath(string name, string whileDoing, bool isOfPool = false)
    {
        // The connection tells the death at once; the exit status and the last of the output come within milliseconds.
        int? exitCode = Process.Exit.Wait(s_exitGrace) ? Process.Exit.Result : null;
        Process.FlushOutput(TimeSpan.FromSeconds(1));
        return new WorkerCrashedException(name, Process.Id, exitCode, Console.ErrorTail, whileDoing, isOfPool);
    }

    /// <summary>Lets go of a worker that has ended or is about to; kills it when it does not end by itself soon.</summary>
    public void Release()
    {
        _connection.Close();
        _ = Task.WhenAny(Process.Exit, Task.Delay(s_exitGrace)).ContinueWith(
            static (_, state) => ((WorkerLink)state!).Dispose(), this, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Kills the worker, where it has not ended, and frees what it held.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (!Process.Exit.IsCompleted)
        {
            Process.KillTree();
        }

        _connection.Dispose();
        Process.Dispose();
    }

    private void Check(ReceivedFrame frame, string name)
    {
        PayloadReader reader = new(MessageCodec.Serializer, frame.Payload.Slice(1));
        bool isGreeting = (WorkerMessageKind)frame.Payload.FirstSpan[0] == WorkerMessageKind.Hello
            && reader.ReadInt32() == WorkerOutput.ProtocolVersion
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(reader.ReadString() ?? string.Empty), Encoding.ASCII.GetBytes(_secret))
            && reader.ReadInt32() == Process.Id;
        if (!isGreeting)
        {
            throw new WorkerStartException(
                $"What came up as worker '{name}' did not greet with the secret that it was given, and was killed. Is another version of ProcessTools loaded in this process?");
        }
    }
}
