using System.Management.Automation;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>What is sent of an exception that ended a script.</summary>
internal static class TerminatingError
{
    /// <summary>The record of a terminating error; where it only points back to its exception, with the exception itself.</summary>
    public static ErrorRecord RecordOf(RuntimeException exception)
    {
        ErrorRecord record = exception.ErrorRecord;
        return record.Exception is ParentContainsErrorRecordException ? new ErrorRecord(record, exception) : record;
    }
}
