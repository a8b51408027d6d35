using System.Management.Automation;
using System.Text;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>An ordinary program, or a command line for the shell, to run as a worker.</summary>
internal sealed class ProgramWorkerRequest : WorkerRequest
{
    /// <summary>The program, as a path or a name in <c>PATH</c>; or null for <see cref="ShellCommand"/>.</summary>
    public string? FilePath { get; init; }

    /// <summary>The program's arguments.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>A command line for the system's shell.</summary>
    public string? ShellCommand { get; init; }

    /// <summary>True to read standard error as part of standard output.</summary>
    public bool MergeError { get; init; }

    /// <summary>The encoding of what the program reads and writes.</summary>
    public required Encoding Encoding { get; init; }

    /// <summary>True for output as byte arrays instead of lines.</summary>
    public bool AsByteStream { get; init; }

    /// <summary>Checks everything, and only then starts the program.</summary>
    /// <exception cref="ProcessToolsException">Something is wrong with the request; no process was started.</exception>
    public ProgramWorkerProcess Start(SessionState session)
    {
        string folder = ResolveWorkingDirectory(session);
        Dictionary<string, string> environment = ResolveEnvironment();
        (string fileName, string[] arguments) = ShellCommand is not null
            ? ProgramLocator.Shell(ShellCommand, environment)
            : (ProgramLocator.Find(FilePath!, session.Path.CurrentFileSystemLocation.ProviderPath, environment), [.. Arguments.Select(LanguagePrimitives.ConvertTo<string>)]);
        ProgramOptions options = new()
        {
            Process = new ChildProcessOptions
            {
                FileName = fileName,
                Arguments = arguments,
                WorkingDirectory = folder,
                Environment = environment,
                RedirectInput = HasInput,
                MergeError = MergeError,
            },
            Encoding = Encoding,
            AsByteStream = AsByteStream,
        };
        string command = ShellCommand ?? string.Join(' ', [FilePath!, .. arguments]);
        return ProgramWorkerProcess.Start(options, command, Name, Limits);
    }
}
