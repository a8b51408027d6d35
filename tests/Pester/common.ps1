# The first line of each test file dot-sources this: the module under test is the one that the build has staged, never another.
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $root ProcessTools.psd1) -Force

function Wait-Until([scriptblock] $Condition, [string] $What, [double] $Seconds = 10) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) { throw "Not within $Seconds seconds: $What" }
        Start-Sleep -Milliseconds 5
    }
}

# Runs a snippet of the documentation in a session of its own, so that it finds nothing of the others, and in any case ends.
function Invoke-Snippet([string] $Code, [double] $Seconds = 60) {
    $state = [initialsessionstate]::CreateDefault2()
    $state.ImportPSModule([string[]] (Join-Path $root ProcessTools.psd1))
    $shell = [powershell]::Create($state)
    try {
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $call = $shell.AddScript("`$ErrorActionPreference = 'Stop'`n$Code").BeginInvoke([Management.Automation.PSDataCollection[psobject]] $null, $output)
        if (-not $call.AsyncWaitHandle.WaitOne([timespan]::FromSeconds($Seconds))) {
            $shell.Stop()
            throw "Not done within $Seconds seconds: $Code"
        }
        $null = $shell.EndInvoke($call)
        if ($shell.Streams.Error) { throw $shell.Streams.Error[0] }
        $output
        $null = $shell.Commands.Clear(); $null = $shell.AddScript('Get-Job | Remove-Job -Force').Invoke()
    }
    finally {
        $shell.Runspace.Dispose()
        $shell.Dispose()
    }
}
