namespace ProcessTools.Pester;

/// <summary>One line that Invoke-Suite.ps1 writes about one <c>It</c>, or about a file or block that failed outside of any.</summary>
/// <param name="Name">The names of the blocks around it and its own, with a dot between them.</param>
/// <param name="Result">What Pester says of it: <c>Passed</c>, <c>Failed</c>, <c>Skipped</c>, <c>Inconclusive</c> or <c>NotRun</c>.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Message">Why it failed or was skipped.</param>
internal sealed record PesterResult(string Name, string Result, double Seconds, string? Message);
