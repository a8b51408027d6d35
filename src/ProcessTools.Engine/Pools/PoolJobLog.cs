using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Pools;

/// <summary>
/// The log of a command's finished items (<c>-JobLog</c>), from which a later run goes on (<c>-Resume</c>): a text file with a header and
/// one line an item, its fields separated by tabs. Lines go to the operating system at once, or together when many come: whole lines with
/// one write, so that at most the last one is cut off when the process is killed. Thread-safe.
/// </summary>
internal sealed class PoolJobLog : IDisposable
{
    /// <summary>The number of a line's fields.</summary>
    public const int Fields = 6;

    /// <summary>How long a line may wait for others to be written with it.</summary>
    private const int FlushMilliseconds = 100;

    private const int BufferSize = 64 * 1024;

    /// <summary>More bytes than a line can have: five fields of numbers, and a text of some 220 characters of three bytes at most.</summary>
    private const int LongestLine = 1024;

    /// <summary>The files that this process writes to; the operating system's lock on a file is the process's, not the stream's, on Linux.</summary>
    private static readonly ConcurrentDictionary<string, byte> s_open = new(StringComparer.Ordinal);

    private readonly object _lock = new();
    private readonly string _path;
    private readonly FileStream _file;
    private readonly JobLogIndex _done;
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly Timer _timer;
    private int _filled;
    private long _position;
    private long _lastFlush;
    private bool _timerSet;
    private bool _disposed;
    private Exception? _failure;

    private PoolJobLog(string path, FileStream file, JobLogIndex done, long position)
    {
        _path = path;
        _file = file;
        _done = done;
        _position = position;
        _lastFlush = Environment.TickCount64 - FlushMilliseconds;
        _timer = new Timer(static log => ((PoolJobLog)log!).FlushLate(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The first line of every log.</summary>
    public static ReadOnlySpan<byte> Header => "Seq\tWorker\tStartTime\tSeconds\tExit\tInput\n"u8;

    /// <summary>Opens a log.</summary>
    /// <param name="path">The file; it is created when there is none.</param>
    /// <param name="resume">Whether to go on with the log that is there, instead of replacing it.</param>
    /// <returns>The log.</returns>
    /// <exception cref="JobLogInvalidException">The file is something else than a job log; it is left as it is, even without <paramref name="resume"/>.</exception>
    /// <exception cref="JobLogAccessException">The file cannot be opened, read or written.</exception>
    public static PoolJobLog Open(string path, bool resume)
    {
        string full = path;
        bool reserved = false;
        PoolJobLog? log = null;
        try
        {
            full = Path.GetFullPath(path);
            reserved = s_open.TryAdd(full, 0);
            return log = reserved ? OpenFile(full, resume) : throw new JobLogAccessException(full, "another command of this session writes to it.", null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new JobLogAccessException(full, error.Message, error);
        }
        finally
        {
            if (reserved && log is null)
            {
                s_open.TryRemove(full, out _);
            }
        }
    }

    /// <summary>Tells whether an item was finished by the run that is resumed.</summary>
    /// <param name="sequence">Its number, from 1.</param>
    /// <param name="input">The item.</param>
    /// <returns>Whether it is to be skipped.</returns>
    /// <exception cref="JobLogMismatchException">The log has another item under this number.</exception>
    public bool IsDone(long sequence, object? input)
    {
        ulong logged = _done.Get(sequence);
        if (logged == 0)
        {
            return false;
        }

        string text = JobLogText.Of(input);
        Span<byte> bytes = stackalloc byte[LongestLine];
        if (JobLogText.Hash(bytes[..Encoding.UTF8.GetBytes(text, bytes)]) != logged)
        {
            throw new JobLogMismatchException(_path, sequence, FindInput(sequence), text);
        }

        return true;
    }

    /// <summary>Notes that an item is finished.</summary>
    /// <param name="sequence">Its number, from 1.</param>
    /// <param name="worker">The process that worked on it, or null when none did.</param>
    /// <param name="startedUtc">When that began.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="exit">How it ended.</param>
    /// <param name="input">The item.</param>
    /// <exception cref="JobLogAccessException">The file cannot be written, now or since an earlier call.</exception>
    public void Add(long sequence, int? worker, DateTime startedUtc, TimeSpan duration, int exit, object? input)
    {
        string text = JobLogText.Of(input);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ThrowFailure();
            if (BufferSize - _filled < LongestLine)
            {
                Write();
                ThrowFailure();
            }

            WriteLine(sequence, worker, startedUtc, duration, exit, text);
            if (Environment.TickCount64 - _lastFlush >= FlushMilliseconds)
            {
                Write();
                ThrowFailure();
            }
            else if (!_timerSet)
            {
                _timerSet = true;
                _timer.Change(FlushMilliseconds, Timeout.Infinite);
            }
        }
    }

    /// <summary>Hands all lines to the operating system; at the end of a run, so that a full disk does not go unnoticed.</summary>
    /// <exception cref="JobLogAccessException">The file cannot be written.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            Write();
            ThrowFailure();
        }
    }

    /// <summary>Writes what is left, as far as that can be done, and closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            Write();
            _disposed = true;
            _timer.Dispose();
            _file.Dispose();
            s_open.TryRemove(_path, out _);
        }
    }

    private static PoolJobLog OpenFile(string path, bool resume)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            JobLogIndex done = new();
            long position = 0;
            if (file.CanSeek)
            {
                Reserve(file);
                position = ReadLog(file.SafeFileHandle, path, resume, done);
                if (file.Length > position)
                {
                    file.SetLength(position);
                }
            }

            PoolJobLog log = new(path, file, done, position);
            if (position == 0)
            {
                Header.CopyTo(log._buffer);
                log._filled = Header.Length;
            }

            log.Write();
            if (log._failure is { } failure)
            {
                throw failure;
            }

            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes sure that no other process logs to the file, while any may read it: the lock is on a byte that no file has.
    /// </summary>
    private static void Reserve(FileStream file)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            file.Lock(long.MaxValue - 1, 1);
        }
    }

    /// <summary>Reads the log that is there.</summary>
    /// <returns>Where the next line is to be written.</returns>
    private static long ReadLog(SafeFileHandle file, string path, bool resume, JobLogIndex done)
    {
        JobLogReader reader = new(file);
        if (!reader.TryRead(out ReadOnlySpan<byte> line))
        {
            // A header that was cut off, or nothing.
            Span<byte> start = stackalloc byte[Header.Length];
            int length = RandomAccess.Read(file, start, 0);
            return Header.StartsWith(start[..length]) ? 0 : throw new JobLogInvalidException(path, 1);
        }

        if (!line.SequenceEqual(Header[..^1]))
        {
            throw new JobLogInvalidException(path, 1);
        }

        if (!resume)
        {
            return 0;
        }

        long number = 1;
        while (reader.TryRead(out line))
        {
            number++;
            if (!JobLogReader.TryParse(line, out long sequence, out ReadOnlySpan<byte> input))
            {
                throw new JobLogInvalidException(path, number);
            }

            done.Set(sequence, JobLogText.Hash(input));
        }

        return reader.IsTooLong ? throw new JobLogInvalidException(path, number + 1) : reader.Position;
    }

    /// <summary>Gets the text that the log has for an item; only the message of an error needs it, so the file is read again.</summary>
    private string FindInput(long wanted)
    {
        string found = string.Empty;
        try
        {
            JobLogReader reader = new(_file.SafeFileHandle);
            while (reader.TryRead(out ReadOnlySpan<byte> line))
            {
                if (JobLogReader.TryParse(line, out long sequence, out ReadOnlySpan<byte> input) && sequence == wanted)
                {
                    found = Encoding.UTF8.GetString(input);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return found;
        }

        return found;
    }

    private void WriteLine(long sequence, int? worker, DateTime startedUtc, TimeSpan duration, int exit, string text)
    {
        Append(sequence, default);
        AppendByte((byte)'\t');
        if (worker is { } process)
        {
            Append(process, default);
        }

        AppendByte((byte)'\t');
        Append(startedUtc, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        AppendByte((byte)'\t');
        Append(duration.TotalSeconds, "0.000000");
        AppendByte((byte)'\t');
        Append(exit, default);
        AppendByte((byte)'\t');
        _filled += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_filled));
        AppendByte((byte)'\n');
    }

    private void Append<T>(T value, ReadOnlySpan<char> format)
        where T : struct, IUtf8SpanFormattable
    {
        value.TryFormat(_buffer.AsSpan(_filled), out int written, format, CultureInfo.InvariantCulture);
        _filled += written;
    }

    private void AppendByte(byte value) => _buffer[_filled++] = value;

    private void FlushLate()
    {
        lock (_lock)
        {
            _timerSet = false;
            if (!_disposed)
            {
                Write();
            }
        }
    }

    /// <summary>Writes the buffer. A failure is kept for the next call that can report it: this may be the timer's thread.</summary>
    private void Write()
    {
        _lastFlush = Environment.TickCount64;
        if (_filled == 0 || _failure is not null)
        {
            return;
        }

        try
        {
            RandomAccess.Write(_file.SafeFileHandle, _buffer.AsSpan(0, _filled), _position);
            _position += _filled;
            _filled = 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _failure = error;
        }
    }

    private void ThrowFailure()
    {
        if (_failure is { } failure)
        {
            throw new JobLogAccessException(_path, failure.Message, failure);
        }
    }
}
