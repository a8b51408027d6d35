using System.Management.Automation;

namespace ProcessTools;

/// <summary>What was opened as shared memory is none of ours. ErrorId <c>InvalidSegment</c>.</summary>
public sealed class InvalidSegmentException : ProcessToolsException
{
    internal InvalidSegmentException(string path, string fault, Exception? innerException = null)
        : base("InvalidSegment", ErrorCategory.InvalidData, $"'{path}' cannot be used as shared memory: {fault}.", path, innerException)
    {
    }
}
