using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;

namespace ProcessTools.Commands;

/// <summary><c>Use-SharedLock</c>: runs a script block while it holds a lock.</summary>
[Cmdlet(VerbsOther.Use, "SharedLock")]
[OutputType(typeof(object))]
public sealed class UseSharedLockCommand : CancellableCommand
{
    /// <summary>What to hold.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public SharedLockable Lock { get; set; } = null!;

    /// <summary>What to run.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>Its arguments.</summary>
    [Parameter(Position = 2)]
    [Alias("Args")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ArgumentList { get; set; }

    /// <summary>How long to wait for it.</summary>
    [Parameter]
    [TimeoutTransformation]
    [Alias("Timeout")]
    public TimeSpan TimeoutSeconds { get; set; } = Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Acquire();
        bool isDone = false;
        try
        {
            if (Lock.WasAbandoned)
            {
                WriteWarning($"A process that held '{Lock.Name}' died without releasing it. What it protects may be half changed.");
            }

            RunInCallersScope();
            isDone = true;
        }
        finally
        {
            // However the script block ends: by an error, break, Ctrl+C, or a command downstream that wants no more.
            Release(isDone);
        }
    }

    private void Acquire()
    {
        try
        {
            if (!Lock.Acquire(TimeoutSeconds, PipelineStopped))
            {
                ThrowTerminatingError(new LockTimeoutException(Lock, TimeoutSeconds, HolderOf(Lock)).ErrorRecord);
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

    private static int? HolderOf(SharedLockable target) => target switch
    {
        SharedLock simple => simple.HolderProcessId,
        SharedRLock reentrant => reentrant.HolderProcessId,
        SharedCondition condition => HolderOf(condition.Lock),
        _ => null,
    };

    private void Release(bool isDone)
    {
        try
        {
            Lock.Release();
        }
        catch (ProcessToolsException exception)
        {
            // The error of the script block tells more than that the lock was released, or removed, meanwhile.
            if (isDone)
            {
                ThrowTerminatingError(exception.ErrorRecord);
            }
        }
    }

    /// <summary>
    /// Runs the script block as if the caller had dot-sourced it, so that it changes the caller's variables; its output goes down the pipeline as it comes, which only the method that takes text can do. The text has no
    /// variables of its own that the caller would see: the script block and its arguments are elements of <c>$args</c>, which PowerShell keeps apart.
    /// </summary>
    private void RunInCallersScope()
    {
        object?[] arguments = [ScriptBlock, .. ArgumentList ?? []];
        StringBuilder text = new(". $args[0]");
        for (int index = 1; index < arguments.Length; index++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $" $args[{index}]");
        }

        InvokeCommand.InvokeScript(text.ToString(), useNewScope: false, PipelineResultTypes.Output | PipelineResultTypes.Error, null, arguments);
    }
}
