using System.Diagnostics;

namespace ProcessTools.Tests.Support;

/// <summary>A script in a session of its own process, with the module imported: for what this process must not do to itself.</summary>
internal sealed class SessionProcess : IDisposable
{
    private readonly Process _process;

    public SessionProcess(string script, IReadOnlyDictionary<string, string?>? environment = null)
    {
        ProcessStartInfo start = new(Repository.PowerShell, ["-NoProfile", "-Command", $"Import-Module '{Repository.Manifest}'\n{script}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        // A worker that nobody takes would be booted for each of these; a test of standby workers says that it wants one.
        start.Environment["PROCESSTOOLS_STANDBY"] = "0";
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.StandardInput.Close();
    }

    public int Id => _process.Id;

    /// <summary>Reads lines until one starts with the given text, and returns it.</summary>
    public string ReadLine(string start)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The session ended without a line '{start}': {_process.StandardError.ReadToEnd()}");
    }

    /// <summary>Waits for the end.</summary>
    public (int ExitCode, string Output, string Error) Complete()
    {
        Task<string> error = _process.StandardError.ReadToEndAsync();
        string output = _process.StandardOutput.ReadToEnd();
        if (!_process.WaitForExit(60_000))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException("The session did not end within a minute.");
        }

        return (_process.ExitCode, output, error.Result);
    }

    public void Kill() => Processes.Signal(Id, Processes.Kill);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
