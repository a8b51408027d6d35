using System.Management.Automation;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pools;
using ProcessTools.Engine.Pools.Hosting;
using ProcessTools.Engine.Protocol;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.Transport;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>
/// Sends what the script writes, as it writes it, on the thread that writes it: a session that is slow to read slows the script
/// down instead of filling memory. Thread-safe.
/// </summary>
/// <param name="connection">The connection to the session.</param>
/// <param name="session">What handles that are sent travel in.</param>
internal sealed class WorkerOutput(Connection connection, Carrier session)
{
    /// <summary>The version of the protocol; both ends come from the same installation, so it is checked only to catch a mixed one.</summary>
    public const int ProtocolVersion = 1;

    [ThreadStatic]
    private static PooledBufferWriter? s_buffer;

    /// <summary>False while nothing is sent, for a warm-up.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Where objects and records go once this is a pool's worker.</summary>
    public PoolWorkerOutput? Pool { get; set; }

    /// <summary>Sends the greeting.</summary>
    public void SendHello(string secret)
    {
        PooledBufferWriter buffer = Rent();
        PayloadWriter writer = Begin(buffer, WorkerMessageKind.Hello);
        writer.WriteInt32(ProtocolVersion);
        writer.WriteString(secret);
        writer.WriteInt32(Environment.ProcessId);
        writer.Flush();
        Send(buffer);
    }

    /// <summary>Tells the session that the script begins.</summary>
    public void SendStarted()
    {
        PooledBufferWriter buffer = Rent();
        PayloadWriter writer = Begin(buffer, WorkerMessageKind.Started);
        writer.Flush();
        Send(buffer);
    }

    /// <summary>Sends one object or record. What cannot be sent becomes an error record that says so.</summary>
    public void SendObject(WorkerMessageKind kind, object? value)
    {
        if (Pool is not null)
        {
            // The kinds of records have the same numbers in both.
            Pool.SendObject((PoolMessageKind)kind, value);
            return;
        }

        PooledBufferWriter buffer = Rent();
        try
        {
            Passage.Gather(() =>
            {
                PayloadWriter writer = Begin(buffer, kind);
                writer.WriteObject(value);
                writer.Flush();
            })?.Board(session);
        }
        catch (NotSerializableException exception)
        {
            buffer.Clear();
            PayloadWriter writer = Begin(buffer, WorkerMessageKind.Error);
            writer.WriteObject(exception.ErrorRecord);
            writer.Flush();
        }

        Send(buffer);
    }

    /// <summary>Sends the last message.</summary>
    public void SendExit(WorkerOutcome outcome, int exitCode, ErrorRecord? failure)
    {
        PooledBufferWriter buffer = Rent();
        try
        {
            WriteExit(buffer, outcome, exitCode, failure);
        }
        catch (NotSerializableException exception)
        {
            buffer.Clear();
            WriteExit(buffer, outcome, exitCode, exception.ErrorRecord);
        }

        Send(buffer);
    }

    private static void WriteExit(PooledBufferWriter buffer, WorkerOutcome outcome, int exitCode, ErrorRecord? failure)
    {
        PayloadWriter writer = Begin(buffer, WorkerMessageKind.Exit);
        writer.WriteInt32((int)outcome);
        writer.WriteInt32(exitCode);
        writer.WriteObject(failure);
        writer.Flush();
    }

    private static PooledBufferWriter Rent()
    {
        PooledBufferWriter buffer = s_buffer ??= new PooledBufferWriter();
        buffer.Clear();
        return buffer;
    }

    private static PayloadWriter Begin(PooledBufferWriter buffer, WorkerMessageKind kind)
    {
        buffer.GetSpan(1)[0] = (byte)kind;
        buffer.Advance(1);
        return new PayloadWriter(MessageCodec.Serializer, buffer);
    }

    private void Send(PooledBufferWriter buffer)
    {
        if (!IsEnabled)
        {
            return;
        }

        try
        {
            connection.Send(buffer.WrittenSpan);
        }
        catch (Exception exception) when (exception is ConnectionLostException or ConnectionClosedException)
        {
            // Nobody reads any more. The script is being stopped for that reason and needs no error of its own.
        }
    }
}
