using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A process in one 64-bit word, which can be stored and compared at once: its id (32 bits) and the low 31 bits of its start time. Never 0 and never negative, so that 0
/// can stand for nobody and the highest bit for something else.
/// </summary>
internal static class ProcessWord
{
    private const long StartTimeMask = 0x7FFF_FFFF;

    /// <summary>This process.</summary>
    public static long Self { get; } = Of(ProcessIdentity.Current);

    /// <summary>The word of a process.</summary>
    public static long Of(ProcessIdentity process) => ((process.StartTime & StartTimeMask) << 32) | (uint)process.Id;

    /// <summary>The running process that a word stands for, or null.</summary>
    public static ProcessIdentity? Find(long word) =>
        ProcessIdentity.TryGet((int)(uint)word) is { } process && Of(process) == word ? process : null;

    /// <summary>True while the process that a word stands for runs.</summary>
    public static bool IsAlive(long word) => word == Self || Find(word) is not null;
}
