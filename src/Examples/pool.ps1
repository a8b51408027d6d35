<#
.SYNOPSIS
    Looks for mistakes in XML documentation with a pool of processes, some of which are killed at it.
.DESCRIPTION
    For each file, a task of the pool counts the members that the file documents, those of them that have no summary, words that are
    written twice twice, the references to other members, and the broken ones among them, which name a member of one of the file's types
    that the file does not have. The files differ much in size, and workers that are done with small ones take over what others have not
    begun.

    On purpose, some workers are killed in the middle of a file. The pool replaces them and does these files again, so that nothing is
    missing in the end, which the comparison with this process alone shows. The pool's statistics tell where the time went.
.PARAMETER Workers
    How many workers the pool has; as many as there are processors, when it is not given.
.PARAMETER MaxMegabytes
    How much documentation to read at most.
.PARAMETER Crashes
    How many workers to kill.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 64)]
    [int] $Workers = [Math]::Max(2, [Environment]::ProcessorCount),

    [ValidateRange(1, 10000)]
    [int] $MaxMegabytes = 60,

    [ValidateRange(0, 100)]
    [int] $Crashes = 2
)

$ErrorActionPreference = 'Stop'
# In the checkout, the manifest is two folders up; in an installed module, one.
Import-Module (Resolve-Path "$PSScriptRoot/../../ProcessTools.psd1", "$PSScriptRoot/../ProcessTools.psd1" -ErrorAction Ignore)[0].Path

# What is found in one file. A member's name is as in "M:System.String.Concat(System.Object)": its kind, its type and the rest.
function Measure-Mistake([string] $File) {
    $members = [System.Collections.Generic.HashSet[string]]::new()
    $types = [System.Collections.Generic.HashSet[string]]::new()
    $references = [System.Collections.Generic.List[string]]::new()
    $noSummary = 0
    $doubled = 0
    $reader = [System.Xml.XmlReader]::Create($File)
    $found = $reader.ReadToFollowing('member')
    while ($found) {
        $member = [System.Xml.Linq.XNode]::ReadFrom($reader)
        $name = $member.Attribute('name').Value
        $null = $members.Add($name)
        if ($name.StartsWith('T:')) { $null = $types.Add($name.Substring(2)) }
        $summary = $member.Element('summary')
        if ($null -eq $summary -or $summary.IsEmpty) { $noSummary++ }
        $doubled += [regex]::Matches($member.Value, '\b([a-z]+)\s+\1\b').Count
        foreach ($element in $member.Descendants()) {
            $reference = $element.Attribute('cref')
            if ($reference) { $references.Add($reference.Value) }
        }
        # ReadFrom has moved on, perhaps to the next member already.
        $found = ($reader.NodeType -eq 'Element' -and $reader.Name -eq 'member') -or $reader.ReadToFollowing('member')
    }
    $reader.Dispose()

    $broken = 0
    foreach ($reference in $references) {
        if ($reference -match '^[MPFE]:([^(]+)\.[^.(]+' -and $types.Contains($Matches[1]) -and -not $members.Contains($reference)) { $broken++ }
    }
    [pscustomobject]@{ Files = 1; Members = $members.Count; 'No summary' = $noSummary; 'Doubled words' = $doubled; References = $references.Count; Broken = $broken }
}

function Measure-Total($Parts) {
    $sum = [ordered]@{ Files = 0; Members = 0; 'No summary' = 0; 'Doubled words' = 0; References = 0; Broken = 0 }
    foreach ($part in $Parts) { foreach ($key in @($sum.Keys)) { $sum[$key] += $part.$key } }
    $sum
}

$files = @(& "$PSScriptRoot/Get-DocumentationFile.ps1" $MaxMegabytes)
$size = ($files | Measure-Object Length -Sum).Sum
$files = $files.FullName
'{0} files, {1:0.0} MB of documentation, {2} workers, of which {3} are killed' -f $files.Count, ($size / 1MB), $Workers, $Crashes

# Who takes one of these dies: a queue gives each to one process only.
$deaths = New-ProcessQueue
for ($number = 1; $number -le $Crashes; $number++) { $deaths.Put($number) }

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$pool = New-ProcessPool -Size $Workers -Name examples
try {
    # The function and the queue come along, because the script block uses them. The same file may meet death more than once.
    $parts = $files | Invoke-ProcessPool -Pool $pool -RetryCount $Crashes -RetryDelaySeconds 0.05 {
        if (($using:deaths).TryGet([ref] $null)) { Stop-Process -Id $PID -Force }
        Measure-Mistake $_
    }
    $several = Measure-Total $parts
    $severalSeconds = $clock.Elapsed.TotalSeconds

    $statistics = $pool.Statistics
    ''
    'Tasks done: {0}, attempts repeated: {1}, workers started: {2}, workers lost: {3}' -f $statistics.Completed, $statistics.Retried, $statistics.WorkersStarted, $statistics.WorkersLost
    'Time of the workers: starting {0:0.00} s, waiting {1:0.00} s, working {2:0.00} s, serializing {3:0.00} s' -f @(
        $statistics.StartingTime.TotalSeconds
        $statistics.WaitingTime.TotalSeconds
        $statistics.WorkingTime.TotalSeconds
        $statistics.SerializingTime.TotalSeconds
    )
    foreach ($slow in $statistics.Slowest) { 'Slow: {0:0.00} s for {1}' -f $slow.Seconds, (Split-Path $slow.Input -Leaf) }
    ''
}
finally {
    Remove-ProcessPool $pool -Force
}
if ($statistics.WorkersLost -ne $Crashes) { throw "$($statistics.WorkersLost) workers were lost, and not $Crashes." }

$clock.Restart()
$one = Measure-Total $(foreach ($file in $files) { Measure-Mistake $file })
$oneSeconds = $clock.Elapsed.TotalSeconds

foreach ($key in $one.Keys) {
    [pscustomobject]@{ Counted = $key; OneProcess = $one[$key]; Pool = $several[$key]; Equal = $one[$key] -eq $several[$key] }
    if ($one[$key] -ne $several[$key]) { $different = $true }
}
[pscustomobject]@{ Counted = 'Seconds'; OneProcess = [Math]::Round($oneSeconds, 2); Pool = [Math]::Round($severalSeconds, 2); Equal = $null }
if ($different) { throw 'The pool counted something else than one process.' }
'The pool took {0:0.00} s, one process {1:0.00} s: {2:0.0} times as fast, with the same totals.' -f $severalSeconds, $oneSeconds, ($oneSeconds / $severalSeconds)
