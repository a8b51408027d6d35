<#
.SYNOPSIS
Times how long one piece of work takes in a process of its own, from the start to the received result, beside PowerShell's own
ways and Python's, in one run. Prints medians in milliseconds and the ratios that matter.
.PARAMETER Rounds
How many times each is done; the median counts.
#>
param([int] $Rounds = 9)

$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot '../../ProcessTools.psd1')
$pwsh = [Environment]::ProcessPath

function Measure-Median([scriptblock] $Body, [scriptblock] $Before = {}) {
    $times = foreach ($round in 0..$Rounds) {
        $null = & $Before
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $null = & $Body
        $elapsed = $clock.Elapsed.TotalMilliseconds
        if ($round -gt 0) { $elapsed }
    }
    $sorted = @($times | Sort-Object)
    $sorted[[Math]::Floor($sorted.Count / 2)]
}

# Cold and the bare start of pwsh are taken in turn, so that a machine that changes speed changes both.
$env:PROCESSTOOLS_STANDBY = 0
$cold = [Collections.Generic.List[double]]::new()
$bare = [Collections.Generic.List[double]]::new()
foreach ($round in 0..$Rounds) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    & $pwsh -NoProfile -c exit
    $one = $clock.Elapsed.TotalMilliseconds
    $clock.Restart()
    $null = Start-WorkerProcess { param($name) "process start: $name" } -ArgumentList test1 | Receive-Job -Wait -AutoRemoveJob
    $two = $clock.Elapsed.TotalMilliseconds
    if ($round -gt 0) { $bare.Add($one); $cold.Add($two) }
}
$bare.Sort(); $cold.Sort()
$result = [ordered]@{}
$result['pwsh -NoProfile -c exit'] = $bare[$bare.Count / 2]
$result['Start-WorkerProcess, cold'] = $cold[$cold.Count / 2]

$env:PROCESSTOOLS_STANDBY = 1
$null = Start-WorkerProcess { } | Receive-Job -Wait -AutoRemoveJob
$result['Start-WorkerProcess, warm'] = Measure-Median -Before { Start-Sleep -Milliseconds 1500 } -Body {
    Start-WorkerProcess { param($name) "process start: $name" } -ArgumentList test1 | Receive-Job -Wait -AutoRemoveJob
}
$env:PROCESSTOOLS_STANDBY = $null
$result['Start-Job'] = Measure-Median {
    Start-Job { param($name) "process start: $name" } -ArgumentList test1 | Receive-Job -Wait -AutoRemoveJob
}
foreach ($line in python3 (Join-Path $PSScriptRoot 'startup_peer.py') $Rounds) {
    $method, $time = $line -split "`t"
    $result["Python Process, $method"] = [double] $time
}

foreach ($entry in $result.GetEnumerator()) {
    [pscustomobject]@{ What = $entry.Key; Milliseconds = [Math]::Round($entry.Value, 1) }
}
[pscustomobject]@{ What = 'ratio: cold / pwsh -NoProfile -c exit (target at most 1.3)'; Milliseconds = [Math]::Round($result['Start-WorkerProcess, cold'] / $result['pwsh -NoProfile -c exit'], 2) }
[pscustomobject]@{ What = 'ratio: Start-Job / warm (target at least 20)'; Milliseconds = [Math]::Round($result['Start-Job'] / $result['Start-WorkerProcess, warm'], 1) }
