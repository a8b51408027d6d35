namespace ProcessTools.Tests.Support;

/// <summary>
/// The folders of the checkout that the tests were built from. Found by walking up, because in a deterministic build the paths of
/// source files are not those of this machine.
/// </summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string Manifest { get; } = Path.Combine(Root, "ProcessTools.psd1");

    /// <summary>Where a project's build is, in the configuration of these tests.</summary>
    public static string OutputOf(string project, string framework)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(Root, project, "bin", configuration, framework);
    }

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
