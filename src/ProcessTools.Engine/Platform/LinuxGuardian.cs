using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// Ends what this process started when this process itself ends, even by SIGKILL: a small shell script, in a session of its own, reads
/// the ids of started sessions from a pipe that only this process holds open, and at the pipe's end kills those that are left. Ordinary
/// programs know nothing of us and would live on without it; a worker that is frozen cannot see its parent's death by itself.
/// </summary>
internal sealed class LinuxGuardian
{
    // "+ id" adds a session, "- id" takes it off, the end of the pipe kills after a moment in which workers run their own
    // finally blocks. A session's members are found in /proc as LinuxProcessTree finds them; the shell's builtins are enough for it.
    private const string Script = """
        sessions=' '
        while read -r change id; do
            case $change in
                +) sessions="$sessions$id " ;;
                -) sessions="${sessions%% $id *} ${sessions#* $id }" ;;
            esac
        done
        [ "$sessions" = ' ' ] && exit
        sleep 1.5
        for round in 1 2 3; do
            for file in /proc/[0-9]*/stat; do
                { read -r line < "$file"; } 2>/dev/null || continue
                id=${file#/proc/}; id=${id%/stat}
                set -- ${line##*) }
                case $sessions in *" $4 "*) kill -9 "$id" 2>/dev/null ;; esac
            done
        done
        """;

    private static readonly Lazy<LinuxGuardian?> s_current = new(Start);

    private readonly SafeFileHandle _writer;

    private LinuxGuardian(SafeFileHandle writer)
    {
        _writer = writer;
    }

    /// <summary>Has a session ended with this process.</summary>
    public static void Add(int sessionId) => s_current.Value?.Write('+', sessionId);

    /// <summary>Takes a session off that has ended, before its id can be given to another process.</summary>
    public static void Remove(int sessionId) => s_current.Value?.Write('-', sessionId);

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The pipe is open as long as this process lives; that is its meaning.")]
    private static LinuxGuardian? Start()
    {
        const string Shell = "/bin/sh";
        if (!File.Exists(Shell))
        {
            return null;
        }

        (SafeFileHandle reader, SafeFileHandle writer) = LinuxPipe.Create();
        using (reader)
        using (SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write))
        {
            ChildProcessOptions options = new()
            {
                FileName = Shell,
                Arguments = ["-c", Script, "ProcessTools.Guardian"],
                WorkingDirectory = "/",
                Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin" },
            };
            int id = LinuxSpawn.Spawn(options, reader, nothing, nothing);

            // Should it ever be killed, it is reaped; the processes it watched lose only this last safety.
            _ = ProcessWatcher.Watch(ProcessIdentity.TryGet(id) ?? new ProcessIdentity(id, 0), () => LinuxSpawn.TryReap(id, block: false, out int? _));
        }

        return new LinuxGuardian(writer);
    }

    private void Write(char change, int sessionId) =>
        LinuxPipe.Write(_writer, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{change} {sessionId}\n")));
}
