using System.Management.Automation;

namespace ProcessTools;

/// <summary>A transaction of another process or runspace took longer than one waited for it. ErrorId <c>SharedStateBusy</c>.</summary>
public sealed class SharedStateBusyException : ProcessToolsException
{
    internal SharedStateBusyException(string name, int processId)
        : this(name, processId, $"was kept by a transaction of process {processId} for longer than one waits. Nothing was changed; try again, or keep transactions short.")
    {
    }

    internal SharedStateBusyException(string name, int processId, string reason)
        : base("SharedStateBusy", ErrorCategory.ResourceBusy, $"The shared state '{name}' {reason}", name)
    {
        ProcessId = processId;
    }

    /// <summary>The process whose transaction it is.</summary>
    public int ProcessId { get; }
}
