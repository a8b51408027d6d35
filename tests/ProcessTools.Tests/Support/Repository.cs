using System.Runtime.CompilerServices;

namespace ProcessTools.Tests.Support;

/// <summary>Where the parts of the checkout are that tests use as a user would.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", ".."));

    public static string Manifest { get; } = Path.Combine(Root, "ProcessTools.psd1");

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
