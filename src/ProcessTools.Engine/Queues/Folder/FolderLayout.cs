using System.Globalization;
using System.Security.Cryptography;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Queues.Folder;

/// <summary>
/// The names below a watched folder. Each process that takes files out has a folder of its own, in which a file lock says that it lives, and each file in hand has a slot there:
/// <code>
/// .processing/host-4711-123456-9F3A66C01B2D4E57/.lock      held while the process lives
/// .processing/host-4711-123456-9F3A66C01B2D4E57/1-7/a.json in hand: the first attempt
/// .processing/returned/1-0C5D0E9A77F1B3A2/b.json           given back, or left by a process that died, after one attempt
/// </code>
/// Files and slots go from one place to another by one rename, so that at every instant each is in exactly one place, whoever is killed.
/// </summary>
internal static class FolderLayout
{
    /// <summary>The name of the lock's file.</summary>
    public const string LockName = ".lock";

    private const string WorkName = ".processing";
    private const string ReturnedName = "returned";

    /// <summary>Where files are that are in hand or were given back.</summary>
    public static string WorkFolder(string inbox) => Path.Combine(inbox, WorkName);

    /// <summary>Where files are that were given back.</summary>
    public static string ReturnedFolder(string inbox) => Path.Combine(inbox, WorkName, ReturnedName);

    /// <summary>A new folder for what this process has in hand.</summary>
    public static string NewClaimFolder(string inbox)
    {
        ProcessIdentity self = ProcessIdentity.Current;
        return Path.Combine(WorkFolder(inbox), string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{self.Id}-{self.StartTime}-{NewNumber()}"));
    }

    /// <summary>True for the folder of a process of this machine that runs. What other machines and containers have is told by the lock alone.</summary>
    public static bool IsOfLivingProcess(string claimFolder)
    {
        string[] parts = Path.GetFileName(claimFolder).Split('-');
        return parts.Length >= 4
            && string.Join('-', parts[..^3]) == Environment.MachineName
            && int.TryParse(parts[^3], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && long.TryParse(parts[^2], NumberStyles.None, CultureInfo.InvariantCulture, out long startTime)
            && new ProcessIdentity(id, startTime).IsAlive;
    }

    /// <summary>A slot for what was given back after so many attempts.</summary>
    public static string NewReturnedSlot(string inbox, int attempts) =>
        Path.Combine(ReturnedFolder(inbox), string.Create(CultureInfo.InvariantCulture, $"{attempts}-{NewNumber()}"));

    /// <summary>A slot for a file in hand.</summary>
    public static string ClaimSlot(string claimFolder, int attempts, long number) =>
        Path.Combine(claimFolder, string.Create(CultureInfo.InvariantCulture, $"{attempts}-{number}"));

    /// <summary>The attempts that a slot's name tells, or null when it is no slot.</summary>
    public static int? AttemptsOf(string slot)
    {
        string name = Path.GetFileName(slot);
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out int attempts) ? attempts : null;
    }

    private static string NewNumber() => Convert.ToHexString(RandomNumberGenerator.GetBytes(sizeof(long)));
}
