<#
.SYNOPSIS
    Searches tens of megabytes of text for mistakes, with several processes and with one, and compares both.
.DESCRIPTION
    The text is the XML documentation of the .NET libraries, which is on every machine with the .NET SDK. Change the patterns and the
    files to what you look for in yours.
.PARAMETER Workers
    How many workers share the files; as many as there are processors, when it is not given.
.PARAMETER MaxMegabytes
    How much documentation to read at most.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 64)] [int] $Workers = [Math]::Max(2, [Environment]::ProcessorCount),
    [ValidateRange(1, 10000)] [int] $MaxMegabytes = 72
)

$ErrorActionPreference = 'Stop'
# In the checkout, the manifest is two folders up; in an installed module, one.
Import-Module (Resolve-Path "$PSScriptRoot/../../ProcessTools.psd1", "$PSScriptRoot/../ProcessTools.psd1" -ErrorAction Ignore)[0].Path

$patterns = [ordered]@{
    Members           = '<member name='
    'Empty summaries' = '<summary>\s*</summary>|<summary ?/>'
    'Doubled words'   = '\b([a-z]+) \1\b'
    'Passive voice'   = '\b(is|are|was|were|been|being)\s+\w+ed\b'
    'Long sentences'  = '(?<=[.>]\s*)([\w`'',()/-]+\s+){40,}[\w`'',()/-]+\.'
    Placeholders      = '\b(TODO|TBD|FIXME|lorem ipsum|to be added)\b'
}

function Find-Mistake([string] $Path, $Patterns) {
    $text = [System.IO.File]::ReadAllText($Path)
    $found = [ordered]@{ Files = 1 }
    foreach ($name in $Patterns.Keys) { $found[$name] = [regex]::Matches($text, $Patterns[$name], 'IgnoreCase').Count }
    $found
}

function Add-Found($Parts) {
    $sum = [ordered]@{}
    foreach ($part in $Parts) { foreach ($name in $part.Keys) { $sum[$name] += $part[$name] } }
    $sum
}

$files = & "$PSScriptRoot/Get-DocumentationFile.ps1" $MaxMegabytes
'{0} files, {1:0} MB, {2} workers' -f $files.Count, (($files | Measure-Object Length -Sum).Sum / 1MB), $Workers

# The function comes along by itself. A worker takes the next file when it is ready for it, so a fast one takes more.
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$records = $files.FullName | Invoke-ProcessPool { Find-Mistake $_ $using:patterns } -ThrottleLimit $Workers -AsRecord
foreach ($record in $records) { if ($record.Error) { throw $record.Error } }
$several = Add-Found $records.Output
$severalSeconds = $clock.Elapsed.TotalSeconds

$clock.Restart()
$one = Add-Found ($files | ForEach-Object {
    Write-Progress 'One process' $_.Name -PercentComplete (100 * $done++ / $files.Count)
    Find-Mistake $_.FullName $patterns
})
Write-Progress 'One process' -Completed
$oneSeconds = $clock.Elapsed.TotalSeconds

$busy = ($records | Measure-Object Seconds -Sum).Sum / $Workers
$rows = @(
    foreach ($name in $one.Keys) { , ($name, $one[$name], $several[$name], ($one[$name] -eq $several[$name] ? 'equal' : 'DIFFERENT')) }
    , ('Seconds', $oneSeconds.ToString('0.0'), $severalSeconds.ToString('0.0'), ('{0:0.0} times as fast' -f ($oneSeconds / $severalSeconds)))
    , ('  at work', $oneSeconds.ToString('0.0'), $busy.ToString('0.0'), 'each worker, on average')
    , ('  start and end', '0.0', ($severalSeconds - $busy).ToString('0.0'), 'workers start, or wait for the last one')
)
$rows | ForEach-Object { [pscustomobject]@{ What = $_[0]; 'One process' = $_[1]; Workers = $_[2]; Result = $_[3] } } | Format-Table
if ($rows.ForEach{ $_[3] } -contains 'DIFFERENT') { throw 'The workers have found something else than one process.' }
