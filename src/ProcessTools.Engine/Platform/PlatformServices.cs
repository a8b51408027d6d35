using System.Net.Sockets;
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

    /// <summary>False for what waits or acts when it is opened: a named pipe, a socket, a device. True also where it cannot be learned.</summary>
    public abstract bool IsPlainFile(string path);

    /// <summary>What tells the file of a path from one that takes its place later, or null when there is none or it cannot be learned.</summary>
    public abstract string? FindFileIdentity(string path);

    /// <summary>Renames a file, unless there is one of the new name, in one step.</summary>
    /// <returns>False when there is one; null where this cannot be done in one step.</returns>
    /// <exception cref="IOException">It fails for another reason.</exception>
    public abstract bool? TryMoveNew(string source, string target);

    /// <summary>Returns when the disk has the names that a folder has: a file that was made there, or renamed, is there after a power cut too. Does nothing where the system cannot do it.</summary>
    public abstract void SyncFolder(string path);

    /// <summary>Starts a program.</summary>
    public abstract ChildProcess StartProcess(ChildProcessOptions options);

    /// <summary>Starts a program that is nobody's child and lives on when this process ends, or is killed with all that it started. Its standard streams are the null device.</summary>
    public abstract void StartDetached(ChildProcessOptions options);

    /// <summary>Closes what files this process has from the one that started it, other than the standard streams: who waits for their end, or for a lock on them, does not wait for this process.</summary>
    public abstract void CloseInheritedFiles();

    /// <summary>Moves the calling thread to another processor than the one that it runs on, if it can; it may be moved again.</summary>
    /// <returns>False when there is no other, or no such thing.</returns>
    public abstract bool TryMoveThread();

    /// <summary>Makes two sockets that are connected to each other.</summary>
    public abstract (Socket First, Socket Second) CreateSocketPair();

    /// <summary>Prepares a connected socket for <see cref="Receive"/> and <see cref="Send"/>.</summary>
    public abstract void PrepareSocket(Socket socket);

    /// <summary>Receives bytes.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="start">Where to.</param>
    /// <param name="length">How many at most.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="error"><see cref="SocketError.WouldBlock"/> where nothing came in that time.</param>
    /// <returns>How many; 0 at the end.</returns>
    public abstract unsafe int Receive(Socket socket, byte* start, int length, SocketPatience patience, out SocketError error);

    /// <summary>Sends bytes that lie in two places, as one.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="head">Where the first of them are.</param>
    /// <param name="headLength">How many they are; 0 for none.</param>
    /// <param name="start">Where the others are.</param>
    /// <param name="length">How many.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="error"><see cref="SocketError.WouldBlock"/> where there was no room in that time.</param>
    /// <returns>How many went out.</returns>
    public abstract unsafe int Send(Socket socket, byte* head, int headLength, byte* start, int length, SocketPatience patience, out SocketError error);

    /// <summary>True when a socket can be given to another process.</summary>
    public abstract bool CanPassSockets { get; }

    /// <summary>Sends a byte, and with it a socket, which both processes have then.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">Nobody can receive it any more.</exception>
    public abstract void PassSocket(Socket through, Socket passed, byte data);

    /// <summary>Receives what <see cref="PassSocket"/> sends.</summary>
    /// <returns>The socket, or null when none came with the byte.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">Nothing came in time, or nothing will come any more.</exception>
    public abstract Socket? TakeSocket(Socket through, out byte data);

    /// <summary>Lets go of a socket that another process has too, which notices nothing.</summary>
    public abstract void DetachSocket(Socket socket);

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
