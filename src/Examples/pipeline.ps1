<#
.SYNOPSIS
    Counts the words of text files in three stages, each in a process of its own, joined by queues that hold only so much.
.DESCRIPTION
    The first process reads the files and puts their lines into a queue, many at a time. The second takes them, removes the markup,
    and puts the words into another queue. The third counts them. All three work at the same time, and the end of the files travels
    along as the end of a queue.

    The first is the fastest. It would read all the files while the others work, and keep them in memory, if its queue were not full
    most of the time: then it waits. So the memory of each process stays the same, however much there is to read, which a table shows:
    at a quarter of the input, at the end, and at most. Then the same is done in this process alone, and both results are compared.
.PARAMETER MaxMegabytes
    How much to read at most. The text is the XML documentation of the .NET reference assemblies.
.PARAMETER Capacity
    How many messages a queue holds. Try 1000000, and see the memory grow.
.PARAMETER BatchSize
    How many lines are one message. A message for each line would cost more than the work.
.PARAMETER Top
    How many of the most frequent words to show.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 10000)]
    [int] $MaxMegabytes = 60,

    [ValidateRange(1, [long]::MaxValue)]
    [long] $Capacity = 8,

    [ValidateRange(1, 1000000)]
    [int] $BatchSize = 1000,

    [ValidateRange(1, 100)]
    [int] $Top = 5
)

$ErrorActionPreference = 'Stop'
# In the checkout, the manifest is two folders up; in an installed module, one.
Import-Module (Resolve-Path "$PSScriptRoot/../../ProcessTools.psd1", "$PSScriptRoot/../ProcessTools.psd1" -ErrorAction Ignore)[0].Path

# Stage 1: the lines of the files, many at a time.
function Read-Line([string[]] $Files, [int] $BatchSize) {
    foreach ($file in $Files) {
        foreach ($lines in [System.Linq.Enumerable]::Chunk[string]([System.IO.File]::ReadLines($file), $BatchSize)) { , $lines }
    }
}

# Stage 2: the words of such lines.
function Split-Word {
    begin { $separators = [char[]] " `t,.;:()<>`"'" }
    process {
        $text = [regex]::Replace([string]::Join(' ', $_), '</?\w[^>]*>', ' ').ToLowerInvariant()
        , $text.Split($separators, [System.StringSplitOptions]::RemoveEmptyEntries)
    }
}

# Stage 3: how many words there are, how many different ones, and the most frequent of them.
function Measure-Word([int] $Top) {
    begin {
        $count = 0
        $frequency = [hashtable]::new([StringComparer]::Ordinal)
    }
    process {
        $count += $_.Length
        foreach ($word in $_) { $frequency[$word]++ }
    }
    end {
        [string[]] $ranked = foreach ($entry in $frequency.GetEnumerator()) { '{0:D10} {1}' -f $entry.Value, $entry.Key }
        [Array]::Sort($ranked, [StringComparer]::Ordinal)
        $result = [ordered]@{ Words = $count; 'Different words' = $frequency.Count }
        for ($rank = 1; $rank -le $Top -and $rank -le $ranked.Length; $rank++) {
            $number, $word = $ranked[-$rank] -split ' '
            $result["'$word'"] = [int] $number
        }
        $result
    }
}

# Passes on what comes, and notes meanwhile how much memory this process has and how much waits in the queue behind it. At the end
# it reports that.
function Watch-Stage([string] $Stage, $Reports, $Queue) {
    begin {
        $memory = [System.Collections.Generic.List[long]]::new()
        $waiting = 0
    }
    process {
        , $_
        $memory.Add([Environment]::WorkingSet)
        if ($Queue) { $waiting = [Math]::Max($waiting, $Queue.Count) }
    }
    end {
        $most = ($memory | Measure-Object -Maximum).Maximum
        $quarter = $memory[[int] [Math]::Floor($memory.Count / 4)]
        $Reports.Put([pscustomobject]@{ Stage = $Stage; Messages = $memory.Count; Quarter = $quarter; End = $memory[-1]; Most = $most; Waiting = $waiting })
    }
}

$files = @(& "$PSScriptRoot/Get-DocumentationFile.ps1" $MaxMegabytes)
$size = ($files | Measure-Object Length -Sum).Sum
$files = $files.FullName
'{0} files, {1:0.0} MB of text, queues of {2} messages, {3} lines each' -f $files.Count, ($size / 1MB), $Capacity, $BatchSize

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$lines = New-ProcessQueue -Capacity $Capacity
$words = New-ProcessQueue -Capacity $Capacity
$reports = New-ProcessQueue
try {
    # The queues come along by $using:, and the functions by themselves.
    $stages = @(
        Start-WorkerProcess -Name read {
            Read-Line $using:files $using:BatchSize | Watch-Stage read $using:reports $using:lines | Send-ProcessMessage $using:lines -Close
        }
        Start-WorkerProcess -Name split {
            Receive-ProcessMessage $using:lines -UntilClosed | Split-Word | Watch-Stage split $using:reports $using:words | Send-ProcessMessage $using:words -Close
        }
        Start-WorkerProcess -Name count {
            Receive-ProcessMessage $using:words -UntilClosed | Watch-Stage count $using:reports | Measure-Word $using:Top
        }
    )
    $three = $stages | Receive-Job -Wait
}
finally {
    # When a stage fails, this ends the others.
    $lines.Close()
    $words.Close()
}
$threeSeconds = $clock.Elapsed.TotalSeconds

''
'Stage   Messages   Memory at 1/4    at the end     at most   Waiting behind it'
'-----   --------   -------------    ----------     -------   -----------------'
Receive-ProcessMessage $reports -Count $stages.Count | ForEach-Object {
    '{0,-5}   {1,8}   {2,10:0.0} MB {3,10:0.0} MB {4,8:0.0} MB   {5,17}' -f $_.Stage, $_.Messages, ($_.Quarter / 1MB), ($_.End / 1MB), ($_.Most / 1MB), $_.Waiting
    if ($_.Waiting -gt $Capacity) { throw "More than $Capacity messages waited behind the stage '$($_.Stage)'." }
}

$clock.Restart()
$one = Read-Line $files $BatchSize | Split-Word | Measure-Word $Top
$oneSeconds = $clock.Elapsed.TotalSeconds

foreach ($key in $one.Keys) {
    [pscustomobject]@{ Counted = $key; OneProcess = $one[$key]; ThreeProcesses = $three[$key]; Equal = $one[$key] -eq $three[$key] }
    if ($one[$key] -ne $three[$key]) { $different = $true }
}
[pscustomobject]@{ Counted = 'Seconds'; OneProcess = [Math]::Round($oneSeconds, 2); ThreeProcesses = [Math]::Round($threeSeconds, 2); Equal = $null }
if ($different) { throw 'The three processes counted something else than one process.' }
'The three processes took {0:0.00} s, one process {1:0.00} s, with the same result.' -f $threeSeconds, $oneSeconds
