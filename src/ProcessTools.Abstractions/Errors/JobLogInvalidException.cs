using System.Management.Automation;

namespace ProcessTools;

/// <summary>The file that was given to <c>-JobLog</c> is something else than a job log; it has been left as it is. ErrorId <c>JobLogInvalid</c>.</summary>
public sealed class JobLogInvalidException : ProcessToolsException
{
    internal JobLogInvalidException(string path, long line)
        : base(
            "JobLogInvalid",
            ErrorCategory.InvalidData,
            $"The file '{path}' is not a job log of Invoke-ProcessPool: line {line} is not a line of one. It has been left as it is. Correct the line, remove the file, or give -JobLog another path.",
            path)
    {
        Line = line;
    }

    /// <summary>The first line that is not a job log's, from 1.</summary>
    public long Line { get; }
}
