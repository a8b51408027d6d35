using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary>Where the calling thread runs (sched_setaffinity(2)).</summary>
internal static unsafe class LinuxThread
{
    // The kernel's most processors by far, in bits.
    private const int MaskBytes = 1024;
    private const int BitsPerWord = 64;

    /// <summary>
    /// Moves the calling thread to another of the processors that it may run on, and leaves it free to be moved again. For one that shares a processor with a partner while others are idle: where processors do not share a cache, the
    /// system wakes a thread on its own processor or on that of its waker, and separates two that are ready to run on one processor some milliseconds later only.
    /// </summary>
    /// <returns>False when there is no other.</returns>
    public static bool TryMove()
    {
        ulong* mask = stackalloc ulong[MaskBytes / sizeof(ulong)];
        ulong* others = stackalloc ulong[MaskBytes / sizeof(ulong)];
        int processor = GetProcessor();
        if (processor is < 0 or >= MaskBytes * 8 || GetAffinity(0, MaskBytes, mask) != 0)
        {
            return false;
        }

        Buffer.MemoryCopy(mask, others, MaskBytes, MaskBytes);
        others[processor / BitsPerWord] &= ~(1UL << (processor % BitsPerWord));
        return SetAffinity(0, MaskBytes, others) == 0 && SetAffinity(0, MaskBytes, mask) == 0;
    }

    [DllImport("libc", EntryPoint = "sched_getcpu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetProcessor();

    [DllImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAffinity(int thread, nuint size, ulong* mask);

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAffinity(int thread, nuint size, ulong* mask);
}
