<#
.SYNOPSIS
    Counts the words of text files into a dictionary that several processes share, though some of them are killed at it.
.DESCRIPTION
    The processes share a list of files to do, a dictionary of who is busy with which file, the dictionary of words, a list of files that
    are done, a lock, a number that tells how far they are, and an event that tells them to stop. A worker takes a file, counts its words,
    and adds them to those of the others under the lock, many at once. That it has taken a file, or added one, is a transaction: it has
    happened, or it has not, wherever the worker is killed.

    On purpose, some workers are killed while they hold the lock. The next one gets it, the file of the dead is put back, another worker
    takes its place, and no word is lost or counted twice, which the comparison with this process alone shows.
.PARAMETER Workers
    How many workers there are at a time; as many as there are processors, when it is not given.
.PARAMETER MaxMegabytes
    How much to read at most. The text is the XML documentation of the .NET reference assemblies.
.PARAMETER Crashes
    How many workers to kill.
.PARAMETER MaxWords
    Stop when so many words are counted; what is begun is ended.
.PARAMETER Top
    How many of the most frequent words to show.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 64)]
    [int] $Workers = [Math]::Max(2, [Environment]::ProcessorCount),

    [ValidateRange(1, 10000)]
    [int] $MaxMegabytes = 30,

    [ValidateRange(0, 100)]
    [int] $Crashes = 2,

    [ValidateRange(1, [long]::MaxValue)]
    [long] $MaxWords = [long]::MaxValue,

    [ValidateRange(1, 100)]
    [int] $Top = 5
)

$ErrorActionPreference = 'Stop'
# In the checkout, the manifest is two folders up; in an installed module, one.
Import-Module (Resolve-Path "$PSScriptRoot/../../ProcessTools.psd1", "$PSScriptRoot/../ProcessTools.psd1" -ErrorAction Ignore)[0].Path

# How often each word is in a file.
function Measure-Word([string] $File) {
    $counts = [System.Collections.Generic.Dictionary[string, int]]::new()
    $separators = [char[]] " `t`r`n,.;:()<>`"'"
    $text = [regex]::Replace([System.IO.File]::ReadAllText($File), '</?\w[^>]*>', ' ').ToLowerInvariant()
    foreach ($word in $text.Split($separators, [System.StringSplitOptions]::RemoveEmptyEntries)) {
        $count = 0
        $null = $counts.TryGetValue($word, [ref] $count)
        $counts[$word] = $count + 1
    }
    $counts
}

# What is shared. Each worker asks for the same by the same names.
$state = Get-SharedState
foreach ($name in 'todo', 'busy', 'words', 'done', 'lock', 'counted', 'deaths', 'inherited', 'stop') { $null = $state.Remove($name) }
$todo = $state.List('todo')
$busy = $state.Dictionary('busy')
$words = $state.Dictionary('words', $true)
$done = $state.List('done')
$counted = $state.Value('counted', 0L)
$deaths = $state.Value('deaths', $Crashes)
$inherited = $state.Value('inherited', 0)
$stop = $state.Event('stop')

$work = {
    $state = Get-SharedState
    $todo = $state.List('todo')
    $busy = $state.Dictionary('busy')
    $words = $state.Dictionary('words', $true)
    $done = $state.List('done')
    $lock = $state.Lock('lock')
    $counted = $state.Value('counted')

    while (-not $state.Event('stop').IsSet) {
        $file = $state.Transaction({
            if ($todo.Count -gt 0) {
                $next = $todo.Pop(0)
                $busy[$PID] = $next
                $next
            }
        })
        if (-not $file) { break }

        $counts = Measure-Word $file
        $keys = [string[]] $counts.Keys
        $sum = 0
        Use-SharedLock $lock -WarningAction SilentlyContinue {
            if ($lock.WasAbandoned) { $null = $state.Value('inherited').Increment() }
            if ($state.Value('deaths').Decrement() -ge 0) { Stop-Process -Id $PID -Force }

            # Many at once, there and back. The lock keeps others from adding in between.
            $new = [System.Collections.Generic.Dictionary[string, object]]::new()
            $old = $words.GetMany($keys)
            for ($index = 0; $index -lt $keys.Length; $index++) {
                $count = $counts[$keys[$index]]
                $sum += $count
                $new.Add($keys[$index], [long] $old[$index] + $count)
            }
            $state.Transaction({
                $words.SetMany($new)
                $done.Add($file)
                $null = $busy.Remove($PID)
            })
        }
        # Whoever comes to the limit tells all to stop.
        if ($counted.Increment($sum) -ge $using:MaxWords) { $state.Event('stop').Set() }
    }
}

$files = @(& "$PSScriptRoot/Get-DocumentationFile.ps1" $MaxMegabytes)
$size = ($files | Measure-Object Length -Sum).Sum
$todo.AddRange($files.FullName)
'{0} files, {1:0.0} MB of documentation, {2} workers, of which {3} are killed' -f $files.Count, ($size / 1MB), $Workers, $Crashes
''

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$running = [System.Collections.Generic.List[object]]::new()
for ($number = 1; $number -le $Workers; $number++) { $running.Add((Start-WorkerProcess $work)) }
$shown = 0
$killed = 0
try {
    while ($running.Count -gt 0) {
        $ended = Wait-Job $running.ToArray() -Any -Timeout 1
        if ($done.Count -ne $shown) {
            $shown = $done.Count
            '{0,3} files, {1,9} words' -f $shown, $counted.Value
        }

        foreach ($worker in $ended) {
            $null = $running.Remove($worker)
            if ($worker.State -eq 'Completed') {
                Receive-Job $worker
            }
            else {
                # What it had in hand is to do again, by another.
                $killed++
                $state.Transaction({ if ($busy.Contains($worker.ProcessId)) { $todo.Add($busy.Pop($worker.ProcessId)) } })
                $running.Add((Start-WorkerProcess $work))
            }
            Remove-Job $worker
        }
    }
}
finally {
    foreach ($worker in $running) { Remove-Job $worker -Force }
}
$severalSeconds = $clock.Elapsed.TotalSeconds
''
'Workers killed with the lock in hand: {0}; locks inherited from them: {1}; files not done: {2}' -f $killed, $inherited.Value, $todo.Count
''

$clock.Restart()
$one = [System.Collections.Generic.Dictionary[string, long]]::new()
$oneWords = 0
foreach ($file in $done) {
    foreach ($entry in (Measure-Word $file).GetEnumerator()) {
        $count = 0L
        $null = $one.TryGetValue($entry.Key, [ref] $count)
        $one[$entry.Key] = $count + $entry.Value
        $oneWords += $entry.Value
    }
}
$oneSeconds = $clock.Elapsed.TotalSeconds

$several = $words.ToHashtable()
$severalWords = 0
foreach ($count in $several.Values) { $severalWords += $count }
[pscustomobject]@{ Counted = 'Words'; OneProcess = $oneWords; Workers = $severalWords; Equal = $oneWords -eq $severalWords }
[pscustomobject]@{ Counted = 'Different words'; OneProcess = $one.Count; Workers = $several.Count; Equal = $one.Count -eq $several.Count }
[pscustomobject]@{ Counted = 'Progress'; OneProcess = $oneWords; Workers = $counted.Value; Equal = $oneWords -eq $counted.Value }
$names = [string[]] $one.Keys
$counts = [long[]] $one.Values
[Array]::Sort($counts, $names)
for ($index = $names.Length - 1; $index -ge [Math]::Max(0, $names.Length - $Top); $index--) {
    [pscustomobject]@{ Counted = "'$($names[$index])'"; OneProcess = $counts[$index]; Workers = $several[$names[$index]]; Equal = $counts[$index] -eq $several[$names[$index]] }
}
foreach ($entry in $one.GetEnumerator()) { if ($several[$entry.Key] -ne $entry.Value) { throw "The workers counted '$($entry.Key)' $($several[$entry.Key]) times, and one process $($entry.Value) times." } }
if ($one.Count -ne $several.Count) { throw "$($several.Count) different words, and not $($one.Count)." }
if ($killed -ne $Crashes -and -not $stop.IsSet) { throw "$killed workers were killed, and not $Crashes." }
'The workers took {0:0.00} s, one process {1:0.00} s: {2:0.0} times as fast, with the same words.' -f $severalSeconds, $oneSeconds, ($oneSeconds / $severalSeconds)
