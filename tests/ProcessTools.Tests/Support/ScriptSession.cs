using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>
/// A PowerShell process as its users have it, with the module imported, that runs one script after another, each in a scope of
/// its own. Tests of what such a process shows share one, because each start takes most of a second.
/// </summary>
public sealed class ScriptSession : IDisposable
{
    // Standard input is not for scripts: PowerShell reads it itself. The end of a script is told on both streams.
    private const string Loop =
        """
        Import-Module $args[0] -ErrorAction Stop
        for ($n = 0; $true; $n++) {
            $path = Join-Path $args[1] "$n.ps1"
            while (-not [System.IO.File]::Exists($path)) { Start-Sleep -Milliseconds 5 }
            $global:Error.Clear()
            try { & ([scriptblock]::Create([System.IO.File]::ReadAllText($path))) $args[0] | Out-Default } catch { }
            foreach ($e in $global:Error) { [Console]::Error.WriteLine($e) }
            [Console]::Out.WriteLine("end of $n")
            [Console]::Error.WriteLine("end of $n")
        }
        """;

    private readonly TempFolder _folder = new();
    private readonly ScriptProcess _process;
    private int _count;

    public ScriptSession()
    {
        _process = ScriptProcess.Start("-CommandWithArgs", Loop, Repository.Manifest, _folder.Path);
        _process.Input.Close();
    }

    /// <summary>Runs a script, whose argument is the path of the module's manifest.</summary>
    /// <returns>The lines that it wrote.</returns>
    public string[] Run(string script)
    {
        int number = _count++;
        File.Move(_folder.Write("next", script), System.IO.Path.Combine(_folder.Path, $"{number}.ps1"));
        (string output, string error) = _process.TakeUntil($"end of {number}\n");
        Assert.Empty(error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }
}
