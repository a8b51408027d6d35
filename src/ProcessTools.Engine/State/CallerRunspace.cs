using System.Management.Automation.Runspaces;

namespace ProcessTools.Engine.State;

/// <summary>Which of this process's runspaces calls: with its process, that is who holds a lock.</summary>
internal static class CallerRunspace
{
    /// <summary>The number of the calling thread's runspace; of a thread that has none, a negative number of its own.</summary>
    public static int Id => Runspace.DefaultRunspace is { } runspace ? runspace.Id : -Environment.CurrentManagedThreadId;
}
