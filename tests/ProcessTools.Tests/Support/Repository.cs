namespace ProcessTools.Tests.Support;

/// <summary>
/// Where the parts of the checkout are that tests use as a user would. Found by walking up from the tests, because in a
/// deterministic build the compiler's paths of source files are not those of this machine.
/// </summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Manifest { get; } = Path.Combine(Root, "ProcessTools.psd1");

    /// <summary>The program of the PowerShell that the build has brought from NuGet.</summary>
    public static string PowerShell { get; } = Path.Combine(Root, "out", "powershell", OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");

    /// <summary>The program of the tests' other processes.</summary>
    public static string Peer { get; } = Path.Combine(Root, "out", "peer", "ProcessTools.Tests.Peer");

    /// <summary>The configuration that the tests, and so everything beside them, were built with.</summary>
    public static string Configuration =>
#if DEBUG
        "Debug";
#else
        "Release";
#endif

    /// <summary>Where a project's build is, in the configuration of these tests.</summary>
    public static string OutputOf(string project, string framework) => Path.Combine(Root, project, "bin", Configuration, framework);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ProcessTools.psd1")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run from a checkout of ProcessTools.");
    }
}
