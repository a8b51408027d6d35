using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>A script in a PowerShell process of its own, as its users run it, with a hard limit on its time.</summary>
internal sealed class ScriptProcess : IDisposable
{
    public const int Interrupt = 2;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly SemaphoreSlim _closed = new(0);

    private ScriptProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public StreamWriter Input => _process.StandardInput;

    /// <summary>Runs to the end.</summary>
    public static ScriptResult Run(params string[] arguments) => RunWithInput("", arguments);

    public static ScriptResult RunWithInput(string input, params string[] arguments)
    {
        using ScriptProcess script = Start(arguments);
        script.Input.Write(input);
        script.Input.Close();
        return script.Wait();
    }

    public static ScriptProcess Start(params string[] arguments) => StartBy([], arguments);

    /// <summary>Starts it by another program, whose arguments end with the command line of PowerShell.</summary>
    public static ScriptProcess StartBy(string[] starter, params string[] arguments)
    {
        string[] line = [.. starter, Repository.PowerShell, "-NoProfile", .. arguments];
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
        start.Environment["NO_COLOR"] = "1";
        return new ScriptProcess(start);
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

    /// <summary>Waits until both streams end with a line, and takes what was written before it.</summary>
    public (string Output, string Error) TakeUntil(string line)
    {
        var clock = Stopwatch.StartNew();
        while (!Text(_output).EndsWith(line, StringComparison.Ordinal) || !Text(_error).EndsWith(line, StringComparison.Ordinal))
        {
            Assert.True(clock.Elapsed < s_limit && !_process.HasExited, $"'{line}' was not written. Output: {Text(_output)} Error: {Text(_error)}");
            Thread.Sleep(5);
        }

        return (Take(_output, line.Length), Take(_error, line.Length));
    }

    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    /// <summary>Waits for the end and for both streams' ends.</summary>
    public ScriptResult Wait()
    {
        if (!_process.WaitForExit(s_limit))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"The script did not end. Output: {Text(_output)} Error: {Text(_error)}");
        }

        Assert.True(_closed.Wait(s_limit) && _closed.Wait(s_limit), "Something holds the script's output open.");
        return new ScriptResult(_process.ExitCode, Text(_output), Text(_error));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string Take(StringBuilder builder, int length)
    {
        lock (builder)
        {
            string text = builder.ToString(0, builder.Length - length);
            builder.Clear();
            return text;
        }
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
