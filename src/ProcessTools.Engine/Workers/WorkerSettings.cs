using System.Globalization;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// The settings of workers, read from the environment each time they are needed, so that a change at the prompt counts at once.
/// </summary>
internal static class WorkerSettings
{
    /// <summary>How many standby workers are kept at most; 0 turns them off.</summary>
    public const string StandbyVariable = "PROCESSTOOLS_STANDBY";

    /// <summary>After how many idle seconds standby workers leave.</summary>
    public const string StandbyIdleVariable = "PROCESSTOOLS_STANDBY_IDLE_SECONDS";

    /// <summary>How many seconds a worker's process may take to come up.</summary>
    public const string BootTimeoutVariable = "PROCESSTOOLS_BOOT_TIMEOUT_SECONDS";

    /// <summary>One ready worker hides the start-up of the next one; each more would cost its memory, and its boot the processor of those that work.</summary>
    public static int Standby => (int)Read(StandbyVariable, 1, 0, 64);

    /// <summary>Long enough for somebody who types, short enough to give the memory back.</summary>
    public static TimeSpan StandbyIdle => TimeSpan.FromSeconds(Read(StandbyIdleVariable, 300, 0.1, 86_400));

    /// <summary>A hundred times what it takes; a machine that needs longer does not answer at all.</summary>
    public static TimeSpan BootTimeout => TimeSpan.FromSeconds(Read(BootTimeoutVariable, 60, 0.1, 86_400));

    private static double Read(string name, double otherwise, double least, double most) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? Math.Clamp(value, least, most)
            : otherwise;
}
