using System.Management.Automation;

namespace ProcessTools;

/// <summary>The input of a run that is resumed is not the input of the run that wrote the job log. ErrorId <c>JobLogMismatch</c>.</summary>
public sealed class JobLogMismatchException : ProcessToolsException
{
    internal JobLogMismatchException(string path, long sequence, string logged, string given)
        : base(
            "JobLogMismatch",
            ErrorCategory.InvalidData,
            $"Item {sequence} is '{given}', but in the job log '{path}' item {sequence} is '{logged}'. -Resume needs the same input in the same order. Give that, or start anew without -Resume.",
            path)
    {
        Sequence = sequence;
    }

    /// <summary>The number of the item, from 1.</summary>
    public long Sequence { get; }
}
