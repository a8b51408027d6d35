using System.Globalization;

namespace ProcessTools.Engine.Memory;

/// <summary>How much memory the machine has left.</summary>
internal static class MachineMemory
{
    private const string Field = "MemAvailable:";

    /// <summary>The bytes that can be had without the system writing anything out, or null where it cannot be learned.</summary>
    public static long? Available
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return null;
            }

            try
            {
                foreach (string line in File.ReadLines("/proc/meminfo"))
                {
                    // MemAvailable:   24026912 kB
                    if (line.StartsWith(Field, StringComparison.Ordinal))
                    {
                        string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                        return long.Parse(parts[1], CultureInfo.InvariantCulture) * 1024;
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
            {
                // Not told here.
            }

            return null;
        }
    }
}
