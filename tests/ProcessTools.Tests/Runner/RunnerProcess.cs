using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Runner;

/// <summary>The runner as its users have it: a process of its own, with a hard limit on its time.</summary>
internal sealed class RunnerProcess : IDisposable
{
    public const int Interrupt = 2;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly SemaphoreSlim _closed = new(0);

    private RunnerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public StreamWriter Input => _process.StandardInput;

    private static string Dll { get; } =
        Path.Combine(Repository.OutputOf("src/ProcessTools.Runner", "net10.0"), "ProcessTools.Runner.dll");

    /// <summary>Runs to the end.</summary>
    public static RunnerResult Run(params string[] arguments) => RunWithInput("", arguments);

    public static RunnerResult RunWithInput(string input, params string[] arguments)
    {
        using RunnerProcess runner = Start(arguments);
        runner.Input.Write(input);
        runner.Input.Close();
        return runner.Wait();
    }

    public static RunnerProcess Start(params string[] arguments) => StartBy([], arguments);

    /// <summary>Starts it by another program, whose arguments end with the runner's command line.</summary>
    public static RunnerProcess StartBy(string[] starter, params string[] arguments)
    {
        string[] line = [.. starter, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Dll, .. arguments];
        var start = new ProcessStartInfo(line[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in line[1..])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["COLUMNS"] = "80";
        return new RunnerProcess(start);
    }

    /// <summary>Waits until the script has written a text.</summary>
    public void AwaitOutput(string text)
    {
        var clock = Stopwatch.StartNew();
        while (!Text(_output).Contains(text, StringComparison.Ordinal))
        {
            Assert.True(clock.Elapsed < s_limit, $"'{text}' was not written. Output: {Text(_output)} Error: {Text(_error)}");
            Thread.Sleep(10);
        }
    }

    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    /// <summary>Waits for the end and for both streams' ends.</summary>
    public RunnerResult Wait()
    {
        if (!_process.WaitForExit(s_limit))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"The runner did not end. Output: {Text(_output)} Error: {Text(_error)}");
        }

        Assert.True(_closed.Wait(s_limit) && _closed.Wait(s_limit), "Something holds the runner's output open.");
        return new RunnerResult(_process.ExitCode, Text(_output), Text(_error));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string Text(StringBuilder builder)
    {
        lock (builder)
        {
            return builder.ToString();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int id, int signal);

    private void Take(StringBuilder target, string? line)
    {
        if (line is null)
        {
            _closed.Release();
            return;
        }

        lock (target)
        {
            target.Append(line).Append('\n');
        }
    }
}
