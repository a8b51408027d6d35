using System.Diagnostics;
using System.Management.Automation;
using ProcessTools.Engine.Channels;

namespace ProcessTools.Commands;

/// <summary><c>Receive-ProcessMessage</c>: receives messages from queues and ends of pipes, whichever has one first, or files from a watched folder.</summary>
[Cmdlet(VerbsCommunications.Receive, "ProcessMessage", DefaultParameterSetName = ChannelSet, SupportsShouldProcess = true)]
[OutputType(typeof(object), ParameterSetName = [ChannelSet])]
[OutputType(typeof(ChannelMessage), ParameterSetName = [ChannelSet])]
[OutputType(typeof(FolderMessage), ParameterSetName = [FolderSet])]
public sealed partial class ReceiveProcessMessageCommand : CancellableCommand
{
    private const string ChannelSet = "Channel";

    private readonly List<ProcessChannel> _channels = [];
    private bool _isOneOfSeveral;

    /// <summary>The queues and ends of pipes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ChannelSet)]
    [Alias("Queue", "Pipe")]
    [ValidateNotNullOrEmpty]
    public ProcessChannel[] Channel { get; set; } = [];

    /// <summary>How many messages.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <summary>How long to wait for the next message.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan TimeoutSeconds { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>All messages until the channels are closed.</summary>
    [Parameter(ParameterSetName = ChannelSet)]
    public SwitchParameter UntilClosed { get; set; }

    /// <summary>Each message with its channel.</summary>
    [Parameter(ParameterSetName = ChannelSet)]
    public SwitchParameter AsRecord { get; set; }

    private bool HasCount => MyInvocation.BoundParameters.ContainsKey(nameof(Count));

    /// <inheritdoc/>
    protected override void ProcessRecord() => _channels.AddRange(Channel);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            if (ParameterSetName == FolderSet)
            {
                ReceiveFiles();
            }
            else
            {
                ReceiveMessages();
            }
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void ReceiveMessages()
    {
        if (!ShouldProcess(string.Join(", ", _channels.Select(static channel => $"{channel}")), "Receive messages"))
        {
            return;
        }

        _isOneOfSeveral = _channels.Count > 1;
        long left = UntilClosed && !HasCount ? long.MaxValue : Count;
        while (left > 0 && TryReceive(out ProcessChannel? channel, out object? message))
        {
            left--;
            object? delivery = AsRecord ? new ChannelMessage(channel!, message) : message;
            if (channel is ProcessQueue { Path: not null } queue)
            {
                Lend(queue, message, delivery);
            }
            else
            {
                WriteObject(delivery, enumerateCollection: false);
            }
        }
    }

    /// <summary>Writes an item of a durable queue. If the pipeline ends with an error, or is stopped, before the item is reported, it goes back at once, and not when its lease ends.</summary>
    private void Lend(ProcessQueue queue, object? item, object? delivery)
    {
        try
        {
            WriteObject(delivery, enumerateCollection: false);
        }
        catch (Exception exception)
        {
            bool isStopped = Stopping || PipelineStopped.IsCancellationRequested;
            Exception? error = isStopped ? null : PipelineEnd.ErrorOf(this, exception);
            if (isStopped || error is not null)
            {
                Quietly(() => queue.ReturnUndelivered(item, error?.Message));
            }

            throw;
        }
    }

    /// <summary>Says what became of a message, after the error that ends the pipeline and is the one to be seen.</summary>
    private void Quietly(Action settle)
    {
        try
        {
            settle();
        }
        catch (ProcessToolsException fault)
        {
            WriteDebug(fault.Message);
        }
        catch (PipelineStoppedException)
        {
            // It goes back with its lease, or with this process.
        }
    }

    /// <summary>Receives the next message; reports why there is none.</summary>
    private bool TryReceive(out ProcessChannel? channel, out object? message)
    {
        ProcessChannel? last = null;
        long begin = Stopwatch.GetTimestamp();
        while (_channels.Count > 0)
        {
            int place = 0;
            TimeSpan timeout = Left(begin);
            if (_channels.Count > 1)
            {
                place = ChannelWait.Any(_channels, timeout, PipelineStopped);
                timeout = TimeSpan.Zero;
            }

            if (place < 0)
            {
                Report(new MessageTimeoutException(null, TimeoutSeconds, isSend: false));
                channel = null;
                message = null;
                return false;
            }

            channel = last = _channels[place];
            ChannelStatus status;
            try
            {
                status = channel.TryReceiveMessage(out message, timeout, PipelineStopped);
            }
            catch (ProcessToolsException exception) when (_isOneOfSeveral && exception is PipeClosedException or QueueClosedException or InvalidDataFrameException)
            {
                // What is wrong with one of them is said, and is nothing to the others.
                Report(exception);
                if (channel.IsClosed)
                {
                    _channels.RemoveAt(place);
                }

                last = null;
                continue;
            }

            switch (status)
            {
                case ChannelStatus.Received:
                    // The others first next time, so that a busy one does not keep them waiting.
                    _channels.RemoveAt(place);
                    _channels.Add(channel);
                    return true;

                case ChannelStatus.Over:
                    _channels.RemoveAt(place);
                    break;

                case ChannelStatus.Empty when _channels.Count == 1:
                    Report(new MessageTimeoutException(channel, TimeoutSeconds, isSend: false));
                    return false;

                default:
                    // Another consumer was faster.
                    break;
            }
        }

        if (!UntilClosed && last is not null)
        {
            Report(last.ClosedError());
        }

        channel = null;
        message = null;
        return false;
    }

    /// <summary>What is left of the time for a message; it does not begin again when a channel ends or another consumer was faster.</summary>
    private TimeSpan Left(long begin)
    {
        TimeSpan left = TimeoutSeconds == Timeout.InfiniteTimeSpan ? TimeoutSeconds : TimeoutSeconds - Stopwatch.GetElapsedTime(begin);
        return left < TimeSpan.Zero && TimeoutSeconds != Timeout.InfiniteTimeSpan ? TimeSpan.Zero : left;
    }

    private void Report(ProcessToolsException exception) => WriteError(exception.ErrorRecord);
}
