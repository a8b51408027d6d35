using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.State;

/// <summary>What the objects that live directly in shared memory have in common when they wait and when they tell who holds them.</summary>
internal static class SyncWait
{
    /// <summary>The check of a wait: Ctrl+C ends it. One delegate for all, so that a wait makes none.</summary>
    public static readonly Action Check = PipelineStop.ThrowIfStopping;

    /// <summary>The id of a process that lives, or null.</summary>
    /// <param name="word">The process (<see cref="ProcessWord"/>), or 0.</param>
    public static int? LivingProcessId(long word) => word != 0 && ProcessWord.IsAlive(word) ? (int)(uint)word : null;
}
