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
