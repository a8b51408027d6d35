<#
.SYNOPSIS
    Counts members, words and phrases of the .NET reference assemblies' XML documentation with several worker processes.
.DESCRIPTION
    The files are on every machine with the .NET SDK. The work has two stages, which run at the same time. In the first, the workers
    of a pool take one file after the other, count the members that it documents and how often it has each phrase, which is two or
    three words in a row, and deal the phrases' counts out to the queues of the second stage. There, each worker sums up what comes
    through its queue. The same is then done in this process alone, the totals are compared, and a table shows them with both times.
    It uses the language, .NET and ProcessTools only, so that it also runs without PowerShell:

    dotnet run -c Release --project src/ProcessTools.Runner -- src/Examples/quickstart.ps1
.PARAMETER Workers
    How many workers each stage has; as many as there are processors, when it is not given.
.PARAMETER MaxMegabytes
    How much documentation to read at most.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 64)]
    [int] $Workers = [Math]::Max(2, [Environment]::ProcessorCount),

    [ValidateRange(1, 10000)]
    [int] $MaxMegabytes = 60
)

$ErrorActionPreference = 'Stop'
# From the checkout, the manifest is two folders up; in an installed module, one.
$manifest = foreach ($folder in '../..', '..') {
    $candidate = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, $folder, 'ProcessTools.psd1'))
    if ([System.IO.File]::Exists($candidate)) { $candidate; break }
}
Import-Module $manifest

# Stage 1: how many members of each kind a file documents, its words, and how often it has each phrase. The phrases are dealt out to
# as many tables as asked for, the same phrase always to the table of the same number.
function Measure-Documentation([string] $File, [int] $Tables) {
    $kinds = @{ M = 'Methods'; P = 'Properties'; T = 'Types'; F = 'Fields'; E = 'Events' }
    $totals = [ordered]@{ Types = 0; Methods = 0; Properties = 0; Fields = 0; Events = 0; Words = 0 }
    $separators = [char[]] " `t`r`n,.;:()<>`"'"
    $phrases = @(foreach ($number in 1..$Tables) { [hashtable]::new([StringComparer]::Ordinal) })
    $reader = [System.Xml.XmlReader]::Create($File)
    $found = $reader.ReadToFollowing('member')
    while ($found) {
        $kind = $kinds[$reader.GetAttribute('name').Substring(0, 1)]
        if ($kind) { $totals[$kind]++ }
        $words = [System.Xml.Linq.XNode]::ReadFrom($reader).Value.ToLowerInvariant().Split($separators, [StringSplitOptions]::RemoveEmptyEntries)
        $totals.Words += $words.Length
        $before = $earlier = $null
        foreach ($word in $words) {
            if ($before) {
                $table = $phrases[($before.Length * 7 + $word.Length) % $Tables]
                $table["$before $word"]++
                if ($earlier) { $table["$earlier $before $word"]++ }
            }
            $earlier = $before
            $before = $word
        }
        # ReadFrom has moved on, perhaps to the next member already.
        $found = ($reader.NodeType -eq 'Element' -and $reader.Name -eq 'member') -or $reader.ReadToFollowing('member')
    }
    $reader.Dispose()
    [pscustomobject]@{ Totals = $totals; Phrases = $phrases }
}

# Stage 2: of the tables that come in, how many phrases there are, how many different ones, and the most frequent of them.
function Measure-Phrase {
    begin { $sum = [hashtable]::new([StringComparer]::Ordinal) }
    process { foreach ($entry in $_.GetEnumerator()) { $sum[$entry.Key] += $entry.Value } }
    end {
        $count = 0
        $top = @{ Value = 0 }
        foreach ($entry in $sum.GetEnumerator()) {
            $count += $entry.Value
            if ($entry.Value -gt $top.Value) { $top = $entry }
        }
        [pscustomobject]@{ Phrases = $count; Different = $sum.Count; Top = $top.Key; TopCount = $top.Value }
    }
}

# The sum of what both stages found, whoever did them.
function Add-Total($Members, $Phrases) {
    $sum = [ordered]@{ Types = 0; Methods = 0; Properties = 0; Fields = 0; Events = 0; Words = 0; Phrases = 0; 'Different phrases' = 0 }
    foreach ($part in $Members) { foreach ($entry in $part.GetEnumerator()) { $sum[$entry.Key] += $entry.Value } }
    $top = @{ TopCount = 0 }
    foreach ($part in $Phrases) {
        $sum.Phrases += $part.Phrases
        $sum.'Different phrases' += $part.Different
        if ($part.TopCount -gt $top.TopCount) { $top = $part }
    }
    $sum["'$($top.Top)'"] = $top.TopCount
    $sum
}

$files = @(& "$PSScriptRoot/Get-DocumentationFile.ps1" $MaxMegabytes)
$size = 0
foreach ($file in $files) { $size += $file.Length }
'{0} files, {1:0.0} MB of documentation, {2} workers' -f $files.Count, ($size / 1MB), $Workers

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$tables = @(foreach ($number in 1..$Workers) { New-ProcessQueue })
$counters = foreach ($queue in $tables) {
    Start-WorkerProcess -Name count { Receive-ProcessMessage $using:queue -UntilClosed | Measure-Phrase }
}
try {
    # Queues and functions come along by themselves, because the script blocks use them. A worker gets the next file when it is ready
    # for it, so a fast one gets more.
    $members = $files.FullName | Invoke-ProcessPool -ThrottleLimit $Workers -Unordered {
        $tables = $using:tables
        $found = Measure-Documentation $_ $tables.Count
        for ($i = 0; $i -lt $tables.Count; $i++) { $tables[$i].Put($found.Phrases[$i]) }
        $found.Totals
    }
}
finally {
    # Nobody puts any more: the counters take what is left, and end.
    foreach ($queue in $tables) { $queue.Close() }
}
$several = Add-Total $members ($counters | Receive-Job -Wait)
$severalSeconds = $clock.Elapsed.TotalSeconds

$clock.Restart()
$members = [System.Collections.Generic.List[object]]::new()
$phrases = $files.FullName | ForEach-Object {
    $found = Measure-Documentation $_ 1
    $members.Add($found.Totals)
    $found.Phrases
} | Measure-Phrase
$one = Add-Total $members $phrases
$oneSeconds = $clock.Elapsed.TotalSeconds

foreach ($key in $one.Keys) {
    [pscustomobject]@{ Counted = $key; OneProcess = $one[$key]; Workers = $several[$key]; Equal = $one[$key] -eq $several[$key] }
    if ($one[$key] -ne $several[$key]) { $different = $true }
}
[pscustomobject]@{ Counted = 'Seconds'; OneProcess = [Math]::Round($oneSeconds, 2); Workers = [Math]::Round($severalSeconds, 2); Equal = $null }
if ($different) { throw 'The workers counted something else than one process.' }
'The workers took {0:0.00} s, one process {1:0.00} s: {2:0.0} times as fast, with the same totals.' -f $severalSeconds, $oneSeconds, ($oneSeconds / $severalSeconds)
