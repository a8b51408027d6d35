#Requires -Version 7.4
<#
.SYNOPSIS
    Measures durable queues beside a queue that a Python program makes with sqlite3, in one run.
.DESCRIPTION
    Items a second: putting; getting and reporting; and both at once, from one process to another. With each durability, which is SQLite's synchronous there. Ours and Python's take turns, in new folders on the same
    disk, and both do the same transactions: one for a put, one to lend an item, one to delete it. Ratios are our median by Python's in the same run.
.PARAMETER Durability
    Which of them.
.PARAMETER Folder
    A folder on the disk to be measured: the temp folder, if left out.
.PARAMETER Size
    The bytes of an item.
.PARAMETER Rounds
    How many times each is done; the median is shown.
.PARAMETER Quick
    A tenth of the items.
.PARAMETER AsJson
    The figures of every round as JSON in place of a table.
.EXAMPLE
    ./tests/Benchmarks/Measure-DurableQueue.ps1 -Durability Normal -Quick
#>
[CmdletBinding()]
param(
    [ValidateSet('Full', 'Normal', 'Off')] [string[]] $Durability = @('Full', 'Normal', 'Off'),
    [string] $Folder = [System.IO.Path]::GetTempPath(),
    [ValidateRange(1, 1000000)] [int] $Size = 100,
    [ValidateRange(3, 1000)] [int] $Rounds = 5,
    [switch] $Quick,
    [switch] $AsJson
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1)
$peer = Join-Path $PSScriptRoot durable_peer.py
$python = (Get-Command python3 -CommandType Application -TotalCount 1).Source
$counts = @{ Full = 1000; Normal = 20000; Off = 20000 }

# Each runs in a scope of its own, so that PowerShell compiles its loop.
$put = { param($queue, $item, $count) for ($i = 0; $i -lt $count; $i++) { $queue.Put($item) } }
$get = { param($queue, $count) for ($i = 0; $i -lt $count; $i++) { $null = $queue.Get(); $queue.TaskDone() } }

function Get-Median($Values) {
    $sorted = @($Values | Sort-Object)
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}

function New-Spool { (New-Item -ItemType Directory (Join-Path $Folder "durable-$([guid]::NewGuid())")).FullName }

function Measure-Ours([string] $Level, [int] $Count) {
    $spool = New-Spool
    $queue = New-ProcessQueue -Path $spool -Durability $Level
    $item = [byte[]]::new($Size)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    & $put $queue $item $Count
    $times = @{ Put = $clock.Elapsed.TotalSeconds }
    $clock.Restart()
    & $get $queue $Count
    $times.Get = $clock.Elapsed.TotalSeconds
    $here, $there = New-ProcessPipe
    $producer = Start-WorkerProcess -ArgumentList $spool, $Level, $item, $Count, $put.ToString(), $there {
        param($spool, $level, $item, $count, $put, $control)
        $queue = New-ProcessQueue -Path $spool -Durability $level
        $put = [scriptblock]::Create($put)
        $control.Send('ready')
        $null = $control.Receive()
        & $put $queue $item $count
    }
    $null = $here.Receive(60)
    $clock.Restart()
    $here.Send('go')
    & $get $queue $Count
    $times.Both = $clock.Elapsed.TotalSeconds
    $producer | Wait-Job | Remove-Job
    $queue.Dispose()
    Remove-Item -Recurse $spool
    $times
}

function Measure-Python([string] $Level, [int] $Count) {
    $spool = New-Spool
    $line = & $python $peer $spool $Level.ToUpperInvariant() $Count $Size
    if ($LASTEXITCODE -ne 0) { throw "durable_peer.py ended with $LASTEXITCODE." }
    Remove-Item -Recurse $spool
    $seconds = -split $line | ForEach-Object { [double]::Parse($_, [cultureinfo]::InvariantCulture) }
    @{ Put = $seconds[0]; Get = $seconds[1]; Both = $seconds[2] }
}

$results = foreach ($level in $Durability) {
    $count = [int]($counts[$level] * ($Quick ? 0.1 : 1))
    $null = Measure-Ours Off ([Math]::Max($count, 3000))
    $ours, $theirs = @(), @()
    for ($round = 0; $round -lt $Rounds; $round++) {
        $ours += Measure-Ours $level $count
        $theirs += Measure-Python $level $count
    }
    foreach ($what in 'Put', 'Get', 'Both') {
        $our = $count / (Get-Median @($ours | ForEach-Object { $_[$what] }))
        $their = $count / (Get-Median @($theirs | ForEach-Object { $_[$what] }))
        [pscustomobject]@{
            Durability = $level
            What       = $what
            Count      = $count
            Ours       = [long]$our
            Python     = [long]$their
            Ratio      = [Math]::Round($our / $their, 2)
            Times      = @($ours | ForEach-Object { $_[$what] })
            PythonTimes = @($theirs | ForEach-Object { $_[$what] })
        }
    }
}
if ($AsJson) { $results | ConvertTo-Json -Depth 3 } else { $results | Format-Table Durability, What, Count, Ours, Python, Ratio }
