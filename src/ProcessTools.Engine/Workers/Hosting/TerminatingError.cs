using System.Management.Automation;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>What is sent of an exception that ended a script.</summary>
internal static class TerminatingError
{
    /// <summary>The record of a terminating error: its own; where that only points back to the exception, with the exception itself; for an exception that has none, one with the name of its type.</summary>
    public static ErrorRecord RecordOf(Exception exception)
    {
        if (exception is IContainsErrorRecord { ErrorRecord: { } record })
        {
            return record.Exception is ParentContainsErrorRecordException ? new ErrorRecord(record, exception) : record;
        }

        return new ErrorRecord(exception, exception.GetType().Name, ErrorCategory.OperationStopped, null);
    }
}
