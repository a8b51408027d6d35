using System.Management.Automation;

namespace ProcessTools;

/// <summary>What <c>Invoke-ProcessPool -AsJob</c> returns: a job whose output is what the items write. <c>Receive-Job</c>, <c>Wait-Job</c>, <c>Stop-Job</c> and <c>Remove-Job</c> work on it.</summary>
public abstract class PoolJob : Job
{
    private protected PoolJob(string command, string? name)
        : base(command, name)
    {
        PSJobTypeName = "PoolJob";
    }

    /// <summary>How many items it has.</summary>
    public abstract long ItemCount { get; }

    /// <summary>How many items have ended.</summary>
    public abstract long FinishedItems { get; }

    /// <summary>How many items did not end with a result.</summary>
    public abstract long FailedItems { get; }

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => $"{FinishedItems} of {ItemCount} items done, {FailedItems} failed";

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0 || Information.Count > 0 || Progress.Count > 0;
}
