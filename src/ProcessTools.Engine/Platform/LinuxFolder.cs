using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>Folders as files, which .NET cannot open.</summary>
internal static unsafe class LinuxFolder
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>Writes the names in a folder to the disk (fsync(2): a file's own does not do that for its name). A file system that cannot do it keeps what it promises without.</summary>
    public static void Sync(string path)
    {
        int descriptor;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = Open(name, ReadOnly | CloseOnExec);
        }

        if (descriptor < 0)
        {
            // One that may be written and not read.
            return;
        }

        using SafeFileHandle folder = new(descriptor, ownsHandle: true);
        _ = SyncFile(folder);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte* path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SyncFile(SafeFileHandle file);
}
