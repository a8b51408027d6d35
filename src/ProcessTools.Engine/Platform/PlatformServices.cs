using System.Runtime.InteropServices;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// Everything that differs between operating systems, behind one door. Chosen once; the environment variable
/// <c>PROCESSTOOLS_PLATFORM=portable</c> chooses the portable means where better ones exist, for tests.
/// </summary>
internal abstract class PlatformServices
{
    /// <summary>The environment variable that can force a platform.</summary>
    public const string VariableName = "PROCESSTOOLS_PLATFORM";

    /// <summary>The services of this system.</summary>
    public static PlatformServices Current { get; } = Choose();

    /// <summary>Waits while a word in memory, shared with other processes or not, holds a value.</summary>
    /// <param name="word">The word.</param>
    /// <param name="expected">The value to wait on.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <remarks>May return early for no reason: the caller looks again.</remarks>
    public abstract unsafe void Wait(int* word, int expected, TimeSpan timeout);

    /// <summary>Waits while each of several words holds a value of its own.</summary>
    /// <param name="words">The words.</param>
    /// <param name="expected">The values to wait on.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <remarks>May return early for no reason: the caller looks again.</remarks>
    public abstract void WaitAny(ReadOnlySpan<nint> words, ReadOnlySpan<int> expected, TimeSpan timeout);

    /// <summary>Wakes all who wait on a word. Whoever calls it has changed the word before.</summary>
    public abstract unsafe void WakeAll(int* word);

    /// <summary>Wakes one of those who wait on a word. Whoever calls it has changed the word before.</summary>
    public abstract unsafe void WakeOne(int* word);

    /// <summary>A descriptor that becomes readable when a process has ended, or null where there is no such thing.</summary>
    public abstract SafeHandle? OpenProcess(int id);

    /// <summary>The folders that may hold the runtime folder, best first.</summary>
    public abstract IEnumerable<string> RuntimeFolderCandidates();

    /// <summary>Says what is wrong with the owner or the permissions of a folder, or null when it is this user's alone.</summary>
    public abstract string? FindFolderFault(string path);

    /// <summary>Starts a program.</summary>
    public abstract ChildProcess StartProcess(ChildProcessOptions options);

    /// <summary>Starts a program that is nobody's child and lives on when this process ends, or is killed with all that it started. Its standard streams are the null device.</summary>
    public abstract void StartDetached(ChildProcessOptions options);

    /// <summary>Closes what files this process has from the one that started it, other than the standard streams: who waits for their end, or for a lock on them, does not wait for this process.</summary>
    public abstract void CloseInheritedFiles();

    /// <summary>Moves the calling thread to another processor than the one that it runs on, if it can; it may be moved again.</summary>
    /// <returns>False when there is no other, or no such thing.</returns>
    public abstract bool TryMoveThread();

    /// <summary>Ends this process as an unhandled signal would.</summary>
    public abstract void EndThisProcess(PosixSignal signal);

    /// <summary>Ends this process at once, and with it everything that it started.</summary>
    public abstract void EndThisSession();

    /// <summary>Sets or removes an environment variable for this process and what it starts, by whatever means it starts it.</summary>
    public abstract void SetEnvironmentVariable(string name, string? value);

    private static PlatformServices Choose()
    {
        bool forced = string.Equals(Environment.GetEnvironmentVariable(VariableName), "portable", StringComparison.OrdinalIgnoreCase);
        return !forced && OperatingSystem.IsLinux() && LinuxPlatform.IsSupported ? new LinuxPlatform() : new PortablePlatform();
    }
}
