using System.Management.Automation;

namespace ProcessTools;

/// <summary>The file of a durable queue cannot be used. ErrorId <c>QueueStorage</c>.</summary>
public sealed class QueueStorageException : ProcessToolsException
{
    internal QueueStorageException(string path, string fault, Exception? innerException = null, bool isLocked = false)
        : base("QueueStorage", ErrorCategory.ResourceUnavailable, $"The durable queue '{path}' cannot be used: {fault}", path, innerException)
    {
        IsLocked = isLocked;
    }

    /// <summary>True when another program has the file now, so that it may be usable a moment later.</summary>
    internal bool IsLocked { get; }
}
