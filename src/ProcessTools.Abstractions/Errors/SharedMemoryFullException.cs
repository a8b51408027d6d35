using System.Management.Automation;

namespace ProcessTools;

/// <summary>The file system that holds shared memory has no room. ErrorId <c>SharedMemoryFull</c>.</summary>
public sealed class SharedMemoryFullException : ProcessToolsException
{
    internal SharedMemoryFullException(string path, long size, Exception innerException)
        : base(
            "SharedMemoryFull",
            ErrorCategory.ResourceUnavailable,
            $"There is no room for {size} bytes of shared memory at '{Path.GetDirectoryName(path)}': {innerException.Message}. Free some there, or name another folder in PROCESSTOOLS_RUNTIME_FOLDER.",
            path,
            innerException)
    {
        Size = size;
    }

    /// <summary>The bytes that were asked for.</summary>
    public long Size { get; }
}
