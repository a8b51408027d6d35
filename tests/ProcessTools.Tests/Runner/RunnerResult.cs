namespace ProcessTools.Tests.Runner;

/// <summary>How a run of the runner ended.</summary>
internal sealed record RunnerResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
