using System.Management.Automation;
using System.Runtime.CompilerServices;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// How .NET and PowerShell run a worker. Their defaults are for one process that has the machine to itself and lives long. Workers are as
/// many as there are processors, so what the runtime does beside the script takes time from the script. What the user has set stays.
/// </summary>
internal static class WorkerRuntime
{
    /// <summary>The variables of the runtime, with the values that workers get.</summary>
    private static readonly (string Name, string Value)[] s_settings =
    [
        // After how many calls (hexadecimal) a method is compiled again, optimized. By default 30: a worker that reads files spends a fifth
        // of its first seconds on methods that come compiled ahead and are called some hundred times.
        ("DOTNET_TC_CallCountThreshold", "2710"),

        // No instrumented code between the first compilation and the optimized one.
        ("DOTNET_TieredPGO", "0"),

        // No thread that collects garbage beside the script: no person waits for a worker's pauses.
        ("DOTNET_gcConcurrent", "0"),
    ];

    /// <summary>
    /// The variables of PowerShell. It reads them while it starts, and then the worker's environment becomes the one of its session.
    /// </summary>
    private static readonly (string Name, string Value)[] s_powerShellSettings =
    [
        // The session has counted this use of PowerShell; a worker would spend a twentieth of its start on counting it again.
        ("POWERSHELL_TELEMETRY_OPTOUT", "1"),

        // No socket for Enter-PSHostProcess: a killed worker leaves its file in the folder for temporary files.
        ("POWERSHELL_DIAGNOSTICS_OPTOUT", "1"),
    ];

    /// <summary>Adds the settings to the environment that a worker starts with.</summary>
    public static void Tune(Dictionary<string, string> environment)
    {
        foreach ((string name, string value) in s_settings.Concat(s_powerShellSettings))
        {
            environment.TryAdd(name, value);
        }
    }

    /// <summary>Makes PowerShell read what it would read only later.</summary>
    public static void ReadPowerShellSettings()
    {
        if (typeof(PSObject).Assembly.GetType("Microsoft.PowerShell.Telemetry.ApplicationInsightsTelemetry") is { } telemetry)
        {
            RuntimeHelpers.RunClassConstructor(telemetry.TypeHandle);
        }
    }

    /// <summary>
    /// Takes the settings of .NET out of this worker's environment, because the programs that its script starts are no workers.
    /// </summary>
    public static void Forget()
    {
        foreach ((string name, string value) in s_settings)
        {
            if (Environment.GetEnvironmentVariable(name) == value)
            {
                PlatformServices.Current.SetEnvironmentVariable(name, null);
            }
        }
    }
}
