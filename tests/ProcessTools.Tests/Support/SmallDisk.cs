using System.Diagnostics;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>A file system that is soon full. Making one takes a privileged user of Linux; where there is none, the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    public SmallDisk(string size)
    {
        bool isMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", _folder.Path);
        if (!isMounted)
        {
            _folder.Dispose();
            Assert.Skip("Mounting takes a privileged user.");
        }
    }

    public string Path => _folder.Path;

    public void Resize(string size) => Assert.True(Run("mount", "-o", $"remount,size={size}", Path));

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
