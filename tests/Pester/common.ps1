# The first line of each test file dot-sources this: the module under test is the one that the build has staged, never another.
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $root ProcessTools.psd1) -Force
# Most tests need one worker only. The tests of Start-WorkerProcess keep another standing by, as a session does by default.
$env:PROCESSTOOLS_STANDBY = 0

function Wait-Until([scriptblock] $Condition, [string] $What, [double] $Seconds = 10) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) { throw "Not within $Seconds seconds: $What" }
        Start-Sleep -Milliseconds 5
    }
}

# Runs a snippet of the documentation in a scope of its own, so that it finds nothing of the others, and in any case ends. All share a
# session, and with it the pool that Invoke-ProcessPool keeps, as at a prompt.
function Invoke-Snippet([string] $Code, [double] $Seconds = 60) {
    if ($script:snippets.RunspaceStateInfo.State -ne 'Opened') {
        $state = [initialsessionstate]::CreateDefault2()
        $state.ImportPSModule([string[]] (Join-Path $root ProcessTools.psd1))
        $script:snippets = [runspacefactory]::CreateRunspace($state)
        $script:snippets.Open()
    }

    $shell = [powershell]::Create($script:snippets)
    try {
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $call = $shell.AddScript("`$ErrorActionPreference = 'Stop'`n$Code", $true).BeginInvoke([Management.Automation.PSDataCollection[psobject]] $null, $output)
        if (-not $call.AsyncWaitHandle.WaitOne([timespan]::FromSeconds($Seconds))) {
            $shell.Stop()
            $script:snippets.Dispose()
            throw "Not done within $Seconds seconds: $Code"
        }
        $null = $shell.EndInvoke($call)
        if ($shell.Streams.Error) { throw $shell.Streams.Error[0] }
        $output
    }
    finally {
        $shell.Commands.Clear()
        $null = $shell.AddScript('Get-Job | Remove-Job -Force').Invoke()
        $shell.Dispose()
    }
}
