using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Memory;

/// <summary>
/// A piece of memory that processes share: a file, mapped. All of it is reserved when it is made (posix_fallocate), so that a full file
/// system is an error then and never a SIGBUS later.
/// </summary>
internal sealed unsafe class Segment : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _pointer;

    private Segment(string path, SafeFileHandle file, long size)
    {
        Path = path;
        Size = size;
        _file = file;
        _map = MemoryMappedFile.CreateFromFile(file, mapName: null, size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, size, MemoryMappedFileAccess.ReadWrite);
        Handle = _view.SafeMemoryMappedViewHandle;
        Handle.AcquirePointer(ref _pointer);
    }

    /// <summary>The path of its file; another process opens it by that, until <see cref="Unlink"/>.</summary>
    public string Path { get; }

    /// <summary>Its size in bytes.</summary>
    public long Size { get; }

    /// <summary>Its first byte. Valid between an AddRef and a Release of <see cref="Handle"/>, and until <see cref="Dispose"/>.</summary>
    public byte* Pointer => _pointer;

    /// <summary>Counts the users of the mapping: the memory stays mapped until the last one is done, whenever it is disposed of.</summary>
    public SafeMemoryMappedViewHandle Handle { get; }

    /// <summary>Makes a segment, filled with zeros.</summary>
    /// <param name="kind">What it is for, a lower-case word.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <exception cref="SharedMemoryFullException">There is not so much room.</exception>
    /// <exception cref="RuntimeFolderException">There is no folder that is safe to use.</exception>
    public static Segment Create(string kind, long size) => CreateAt(RuntimeFolder.NewPath(kind), size);

    /// <summary>Makes a segment of a path, filled with zeros.</summary>
    /// <param name="path">Its path, which nothing has yet.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <exception cref="SharedMemoryFullException">There is not so much room.</exception>
    public static Segment CreateAt(string path, long size)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            PreallocationSize = size,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using FileStream stream = new(path, options);
            stream.SetLength(size);

            // The handle is taken over from the stream by opening once more: the stream would close it in its finalizer.
            return new Segment(path, OpenFile(path), size);
        }
        catch (IOException exception)
        {
            File.Delete(path);
            throw new SharedMemoryFullException(path, size, exception);
        }
    }

    /// <summary>Opens a segment that another process made.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="leastSize">The least size that it must have.</param>
    /// <exception cref="InvalidSegmentException">There is none, or it is too small to be one.</exception>
    public static Segment Open(string path, long leastSize)
    {
        SafeFileHandle file;
        try
        {
            file = OpenFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidSegmentException(path, "it cannot be opened: " + exception.Message, exception);
        }

        long size = RandomAccess.GetLength(file);
        if (size < leastSize)
        {
            file.Dispose();
            throw new InvalidSegmentException(path, $"it has {size} bytes where at least {leastSize} were expected");
        }

        return new Segment(path, file, size);
    }

    /// <summary>Deletes a segment's file unless a process holds it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mayDelete">Asked last, with the file held so that nobody can open it meanwhile; null for yes.</param>
    /// <returns>True when it is gone.</returns>
    public static bool DeleteIfUnheld(string path, Func<SafeFileHandle, bool>? mayDelete = null)
    {
        try
        {
            // Exclusive access is refused while anybody holds the segment.
            using SafeFileHandle exclusive = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (mayDelete?.Invoke(exclusive) == false)
            {
                return false;
            }

            File.Delete(path);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody holds it.
            return false;
        }
    }

    /// <summary>Takes the name away: those who hold the segment keep it, nobody else can open it, and nothing can be left behind.</summary>
    public void Unlink()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Where a file that is in use cannot be deleted (Windows), it is at the end, or swept.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pointer is not null)
        {
            _pointer = null;
            Handle.ReleasePointer();
        }

        _view.Dispose();
        _map.Dispose();
        _file.Dispose();
    }

    // Any way of sharing but 'None' takes a shared lock on Unix, which is what keeps the sweeper away.
    private static SafeFileHandle OpenFile(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
