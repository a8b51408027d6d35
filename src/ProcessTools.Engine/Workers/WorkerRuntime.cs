using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// How .NET runs a worker. Its defaults are for one process that has the machine to itself and lives long. Workers are as many as there
/// are processors, so what the runtime does beside the script takes time from the script. What the user has set stays.
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

    /// <summary>Adds the settings to the environment that a worker starts with.</summary>
    public static void Tune(Dictionary<string, string> environment)
    {
        foreach ((string name, string value) in s_settings)
        {
            environment.TryAdd(name, value);
        }
    }

    /// <summary>Takes the settings out of this worker's environment, because the programs that its script starts are none.</summary>
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
