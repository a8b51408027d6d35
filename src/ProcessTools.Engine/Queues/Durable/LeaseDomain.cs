using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// Where process ids mean something: this start of this system (the upper half), and this namespace of processes (the lower one). Of a lease from another container with the same folder nobody here can say whether its
/// holder lives, so it ends by its time only; one from before a restart of the system has no holder any more.
/// </summary>
internal static class LeaseDomain
{
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private const string NamespaceLink = "/proc/self/ns/pid";

    /// <summary>The domain of this process.</summary>
    public static long Self { get; } = Find();

    /// <summary>True for a domain that ended with a restart of the system.</summary>
    public static bool IsOver(long domain) => domain >> 32 != Self >> 32;

    private static long Find()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return Domain(Hash(File.ReadAllText(BootFile).Trim()), new FileInfo(NamespaceLink).LinkTarget ?? string.Empty);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Below.
        }

        // Where the system does not tell, nothing is known of its restarts, and the machine's name must do.
        return Domain(boot: 0, Environment.MachineName);
    }

    private static long Domain(int boot, string space) => ((long)boot << 32) | (uint)Hash(space);

    private static int Hash(string text) => BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
