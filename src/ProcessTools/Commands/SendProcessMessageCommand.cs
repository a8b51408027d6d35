using System.Collections;
using System.Management.Automation;

namespace ProcessTools.Commands;

/// <summary><c>Send-ProcessMessage</c>: sends the objects of a pipeline into a queue or an end of a pipe.</summary>
[Cmdlet(VerbsCommunications.Send, "ProcessMessage")]
[OutputType(typeof(void))]
public sealed class SendProcessMessageCommand : CancellableCommand
{
    /// <summary>The queue or the end of a pipe.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Queue", "Pipe")]
    [ValidateNotNull]
    public ProcessChannel Channel { get; set; } = null!;

    /// <summary>The messages.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>How long a message may wait for room.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan TimeoutSeconds { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Close the channel after the last message.</summary>
    [Parameter]
    public SwitchParameter Close { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (MyInvocation.ExpectingInput)
        {
            Send(InputObject);
            return;
        }

        if (!MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
        {
            return;
        }

        // Given by name, a collection stands for its items, as in a pipeline; but nobody means a message for each byte.
        IEnumerable? items = InputObject?.BaseObject is byte[]? null : LanguagePrimitives.GetEnumerable(InputObject);
        foreach (object? item in items ?? new object?[] { InputObject })
        {
            Send(item);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Close)
        {
            Channel.Close();
        }
    }

    private void Send(object? message)
    {
        try
        {
            if (!Channel.TrySendMessage(message, TimeoutSeconds, PipelineStopped))
            {
                Report(Channel.FullError(TimeoutSeconds), message);
            }
        }
        catch (ProcessToolsException exception) when (ReferenceEquals(exception.Target, Channel) || exception is SharedMemoryFullException or RuntimeFolderException)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
        catch (ProcessToolsException exception)
        {
            // One object that cannot travel does not keep the others back.
            Report(exception, message);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Report(ProcessToolsException exception, object? message) =>
        WriteError(new ErrorRecord(exception, exception.ErrorId, exception.Category, message));
}
