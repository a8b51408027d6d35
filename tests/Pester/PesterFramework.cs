using System.Diagnostics;
using System.Text.Json;
using Microsoft.Testing.Platform.Extensions.Messages;
using Microsoft.Testing.Platform.Extensions.TestFramework;
using Microsoft.Testing.Platform.Requests;

namespace ProcessTools.Pester;

/// <summary>
/// Runs Invoke-Suite.ps1 in a real PowerShell and reports each <c>It</c> as soon as its file is done.
/// A suite that does not run to its end is a failed test, so silence never looks like success.
/// </summary>
internal sealed class PesterFramework : ITestFramework, IDataProducer
{
    /// <summary>Begins a line about a test; everything else is what the tests themselves write to the screen.</summary>
    private const char Mark = '\u001E';

    private static readonly JsonSerializerOptions s_json = new() { PropertyNameCaseInsensitive = true };

    public string Uid => nameof(PesterFramework);

    public string Version => "1.0.0";

    public string DisplayName => "Pester";

    public string Description => "Runs the Pester suite in a real PowerShell.";

    public Type[] DataTypesProduced { get; } = [typeof(TestNodeUpdateMessage)];

    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    public Task<CreateTestSessionResult> CreateTestSessionAsync(CreateTestSessionContext context) =>
        Task.FromResult(new CreateTestSessionResult { IsSuccess = true });

    public Task<CloseTestSessionResult> CloseTestSessionAsync(CloseTestSessionContext context) =>
        Task.FromResult(new CloseTestSessionResult { IsSuccess = true });

    public async Task ExecuteRequestAsync(ExecuteRequestContext context)
    {
        bool listOnly = context.Request is DiscoverTestExecutionRequest;
        using Process process = Start(listOnly);
        using CancellationTokenRegistration stop = context.CancellationToken.Register(() => process.Kill(entireProcessTree: true));
        Task<string> errors = process.StandardError.ReadToEndAsync(context.CancellationToken);
        Queue<string> tail = new();
        Dictionary<string, int> seen = [];
        while (await process.StandardOutput.ReadLineAsync(context.CancellationToken).ConfigureAwait(false) is { } line)
        {
            int mark = line.IndexOf(Mark, StringComparison.Ordinal);
            if (mark >= 0)
            {
                PesterResult result = JsonSerializer.Deserialize<PesterResult>(line[(mark + 1)..], s_json)!;
                await PublishAsync(context, result, seen, listOnly).ConfigureAwait(false);
                continue;
            }

            tail.Enqueue(line);
            if (tail.Count > 40)
            {
                tail.Dequeue();
            }
        }

        await process.WaitForExitAsync(context.CancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            string output = string.Join('\n', tail) + '\n' + await errors.ConfigureAwait(false);
            PesterResult failure = new("The Pester suite runs to its end", "Failed", 0, $"Its process ended with exit code {process.ExitCode}.\n{output}");
            await PublishAsync(context, failure, seen, listOnly: false).ConfigureAwait(false);
        }

        context.Complete();
    }

    private static Process Start(bool listOnly)
    {
        string root = FindRoot();
        string bundled = Path.Combine(root, "out", "powershell", OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
        string program = Environment.GetEnvironmentVariable("PROCESSTOOLS_PWSH") is { Length: > 0 } own ? own : bundled;
        ProcessStartInfo start = new(program, ["-NoProfile", "-File", Path.Combine(root, "tests", "Pester", "Invoke-Suite.ps1"), "-Report"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (listOnly)
        {
            start.ArgumentList.Add("-ListOnly");
        }

        start.Environment["NO_COLOR"] = "1";
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ProcessTools.psd1")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The suite does not run from a checkout of ProcessTools.");
    }

    private Task PublishAsync(ExecuteRequestContext context, PesterResult result, Dictionary<string, int> seen, bool listOnly)
    {
        int count = seen[result.Name] = seen.GetValueOrDefault(result.Name) + 1;
        TestNodeStateProperty state = result.Result switch
        {
            _ when listOnly => DiscoveredTestNodeStateProperty.CachedInstance,
            "Passed" => PassedTestNodeStateProperty.CachedInstance,
            "Skipped" => new SkippedTestNodeStateProperty(result.Message ?? "skipped"),
            _ => new FailedTestNodeStateProperty(new PesterFailureException($"{result.Result}: {result.Message}")),
        };
        TimeSpan duration = TimeSpan.FromSeconds(result.Seconds);
        DateTimeOffset end = DateTimeOffset.UtcNow;
        TestNode node = new()
        {
            // Two tests may have one name, for example those of a table without its values in it.
            Uid = count == 1 ? result.Name : $"{result.Name} ({count})",
            DisplayName = result.Name,
            Properties = new PropertyBag(state, new TimingProperty(new TimingInfo(end - duration, end, duration))),
        };
        return context.MessageBus.PublishAsync(this, new TestNodeUpdateMessage(context.Request.Session.SessionUid, node));
    }
}
