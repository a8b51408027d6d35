using System.Management.Automation;
using ProcessTools.Engine.Pools;

namespace ProcessTools.Commands;

/// <summary><c>Wait-ProcessFuture</c>: waits for tasks of pools.</summary>
[Cmdlet(VerbsLifecycle.Wait, "ProcessFuture", DefaultParameterSetName = AllSet)]
[OutputType(typeof(ProcessFuture))]
public sealed class WaitProcessFutureCommand : CancellableCommand
{
    private const string AllSet = "All";
    private const string AnySet = "Any";
    private const string AsCompletedSet = "AsCompleted";
    private const string FirstFailureSet = "FirstFailure";

    private readonly List<ProcessFuture> _futures = [];

    /// <summary>The futures.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public ProcessFuture[] Future { get; set; } = [];

    /// <summary>Wait for all.</summary>
    [Parameter(ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>Wait for one.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AnySet)]
    public SwitchParameter Any { get; set; }

    /// <summary>Write each when it is done.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AsCompletedSet)]
    public SwitchParameter AsCompleted { get; set; }

    /// <summary>Wait until one has failed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FirstFailureSet)]
    public SwitchParameter FirstFailure { get; set; }

    /// <summary>How long to wait.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan TimeoutSeconds { get; set; } = Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    protected override void ProcessRecord() => _futures.AddRange(Future);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        using FutureWait wait = new(_futures, TimeoutSeconds);
        try
        {
            Func<bool> isEnough = ParameterSetName switch
            {
                AnySet => wait.HasDone,
                FirstFailureSet => wait.HasFailed,
                AsCompletedSet => WriteDone,
                _ => static () => false,
            };
            bool isInTime = wait.Until(isEnough, PipelineStopped);
            if (ParameterSetName != AsCompletedSet)
            {
                WriteObject(wait.Done, enumerateCollection: true);
            }

            if (!isInTime)
            {
                WriteError(new FutureTimeoutException(wait.Unfinished, wait.Count, TimeoutSeconds).ErrorRecord);
            }

            bool WriteDone()
            {
                foreach (ProcessFuture future in wait.TakeDone())
                {
                    WriteObject(future);
                }

                return false;
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}
