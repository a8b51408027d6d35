using System.Management.Automation;

namespace ProcessTools;

/// <summary>The file of a durable queue is damaged. ErrorId <c>QueueDamaged</c>.</summary>
public sealed class QueueDamagedException : ProcessToolsException
{
    internal QueueDamagedException(string path, string fault)
        : base(
            "QueueDamaged",
            ErrorCategory.InvalidData,
            $"The file of the durable queue '{path}' is damaged ({fault}). Let all processes that use it end, and open it again with New-ProcessQueue: what can be read is kept, and the damaged file is put aside.",
            path)
    {
    }
}
