namespace ProcessTools.Tests.Support;

/// <summary>How the run of a script ended.</summary>
internal sealed record ScriptResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
