namespace ProcessTools.Engine.Workers;

/// <summary>
/// The program that this process runs, ready to be started once more as a worker: so a worker has the caller's runtime, PowerShell version and
/// <c>$PSHOME</c>, in pwsh, a test runner, or any program that hosts PowerShell.
/// </summary>
internal static class HostProgram
{
    private const string HookSwitch = "System.StartupHookProvider.IsSupported";

    // Where the hook should ever be passed over, this argument makes pwsh, and most programs, end with an error instead of
    // running once more what started them.
    private const string Label = "ProcessTools.Worker";

    /// <summary>The startup hook's assembly.</summary>
    public static string HookPath { get; } =
        Path.Combine(Path.GetDirectoryName(typeof(WorkerProcess).Assembly.Location) ?? AppContext.BaseDirectory, "ProcessTools.Worker.dll");

    /// <summary>The program and its arguments.</summary>
    /// <exception cref="WorkerStartException">This process cannot be started again as a worker.</exception>
    public static (string FileName, string[] Arguments) Find()
    {
        if (AppContext.TryGetSwitch(HookSwitch, out bool isSupported) && !isSupported)
        {
            throw new WorkerStartException(
                $"This program was built without startup hooks ({HookSwitch} is false), which is how workers are made. Run the script in pwsh, or build the program with StartupHookSupport set to true.");
        }

        if (!File.Exists(HookPath))
        {
            throw new WorkerStartException($"The module is not whole: '{HookPath}' is missing. Install it again.");
        }

        string program = Environment.ProcessPath
            ?? throw new WorkerStartException("The operating system does not tell which program this is, so no worker can be made from it.");

        // 'dotnet app.dll': the program proper is the first argument.
        bool isMuxer = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return (program, isMuxer ? [Environment.GetCommandLineArgs()[0], Label] : [Label]);
    }
}
