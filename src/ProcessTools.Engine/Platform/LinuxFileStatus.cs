using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ProcessTools.Engine.Platform;

/// <summary>Owner and permissions of a file, which .NET does not tell whole, by statx(2), whose structure is the same on every processor.</summary>
internal static unsafe class LinuxFileStatus
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;
    private const int StructureSize = 256;
    private const uint NumberAndBirth = 0x100 | 0x800;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int NumberOffset = 32;
    private const int BirthOffset = 80;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xF000;
    private const int Folder = 0x4000;
    private const int PlainFile = 0x8000;
    private const int SocketFile = 0xC000;
    private const int OwnerOnly = 0x1C0;
    private const int Permissions = 0xFFF;

    private const int NoSuchFile = 2;
    private const int AlreadyExists = 17;
    private const int OtherFileSystem = 18;
    private const int InvalidArgument = 22;
    private const int NotImplemented = 38;
    private const int NotSupported = 95;

    /// <summary>The user that this process acts as.</summary>
    public static uint EffectiveUser => GetEffectiveUser();

    /// <summary>True when a path is that of a socket.</summary>
    public static bool IsSocket(string path)
    {
        byte* status = stackalloc byte[StructureSize];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return StatX(CurrentDirectory, name, DoNotFollow, TypeModeAndOwner, status) == 0 && (*(ushort*)(status + ModeOffset) & TypeMask) == SocketFile;
        }
    }

    /// <summary>What tells the file of a path from one that takes its place later, or null when there is none.</summary>
    public static string? FindIdentity(string path)
    {
        byte* status = stackalloc byte[StructureSize];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            // The number of a deleted file is given to another one; when it was made tells them apart, where the file system knows.
            return StatX(CurrentDirectory, name, DoNotFollow, NumberAndBirth, status) == 0
                ? string.Create(CultureInfo.InvariantCulture, $"{*(long*)(status + DeviceOffset)} {*(long*)(status + NumberOffset)} {*(long*)(status + BirthOffset)} {*(int*)(status + BirthOffset + sizeof(long))}")
                : null;
        }
    }

    /// <summary>Says what makes a folder unfit to hold what only this user may touch, or null when nothing does.</summary>
    public static string? FindFolderFault(string path)
    {
        byte* status = stackalloc byte[StructureSize];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (StatX(CurrentDirectory, name, DoNotFollow, TypeModeAndOwner, status) != 0)
            {
                return "cannot be read";
            }
        }

        uint owner = *(uint*)(status + OwnerOffset);
        int mode = *(ushort*)(status + ModeOffset);
        if ((mode & TypeMask) != Folder)
        {
            return "is not a folder, or is a symbolic link";
        }

        if (owner != EffectiveUser)
        {
            return $"belongs to user {owner}, not to user {EffectiveUser}";
        }

        return (mode & Permissions) == OwnerOnly ? null : $"has the permissions {Convert.ToString(mode & Permissions, 8)} instead of 700";
    }

    /// <summary>False for what waits or acts when it is opened: a named pipe, a socket, a device. True also where it cannot be learned.</summary>
    public static bool IsPlainFile(string path)
    {
        byte* status = stackalloc byte[StructureSize];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return StatX(CurrentDirectory, name, 0, TypeModeAndOwner, status) != 0 || (*(ushort*)(status + ModeOffset) & TypeMask) == PlainFile;
        }
    }

    /// <summary>Renames a file, unless there is one of the new name, in one step.</summary>
    /// <returns>False when there is one; null where the file system, or the C library, cannot do it.</returns>
    /// <exception cref="IOException">It fails for another reason.</exception>
    public static bool? TryMoveNew(string source, string target)
    {
        const uint NoReplace = 1;
        fixed (byte* old = Encoding.UTF8.GetBytes(source + '\0'), renamed = Encoding.UTF8.GetBytes(target + '\0'))
        {
            try
            {
                if (Rename(CurrentDirectory, old, CurrentDirectory, renamed, NoReplace) == 0)
                {
                    return true;
                }
            }
            catch (EntryPointNotFoundException)
            {
                return null;
            }
        }

        int error = Marshal.GetLastPInvokeError();
        return error switch
        {
            AlreadyExists => false,
            OtherFileSystem or InvalidArgument or NotImplemented or NotSupported => null,
            NoSuchFile => throw new FileNotFoundException($"'{source}' is not there.", source),
            _ => throw new IOException($"'{source}' cannot be moved to '{target}': {Marshal.GetPInvokeErrorMessage(error)}"),
        };
    }

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(int oldFolder, byte* oldPath, int newFolder, byte* newPath, uint flags);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int folder, byte* path, int flags, uint mask, byte* status);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetEffectiveUser();
}
