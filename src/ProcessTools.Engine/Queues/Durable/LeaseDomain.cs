using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ProcessTools.Engine.Queues.Durable;

/// <summary>
/// Where process ids mean something: this start of this system, and this namespace of processes. Of a lease from another (before a restart, another container with the same folder) nobody here can say whether its
/// holder lives, so it ends by its time only.
/// </summary>
internal static class LeaseDomain
{
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private const string NamespaceLink = "/proc/self/ns/pid";

    /// <summary>The domain of this process.</summary>
    public static long Self { get; } = Find();

    private static long Find()
    {
        string text = Environment.MachineName;
        try
        {
            if (OperatingSystem.IsLinux())
            {
                text = $"{File.ReadAllText(BootFile).Trim()} {new FileInfo(NamespaceLink).LinkTarget}";
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Where the system does not tell, the machine's name must do.
        }

        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
