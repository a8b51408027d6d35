#Requires -Version 7.4
<#
.SYNOPSIS
    Measures process pools beside Python's Pool and ProcessPoolExecutor and beside PowerShell's own ways, in one run.
.DESCRIPTION
    Two workers on each side. Both sides keep their pools from round to round and are warm before the clock starts; ours and theirs take turns. Times are
    microseconds an item unless the column Unit says otherwise. Ratios say how many times as fast ours is: the medians of the rounds, theirs by ours.

    It wants both processors for itself: a build at its side changes the ratios. Run it from the root of the repository after ./build.ps1:

        pwsh -NoProfile -File tests/Benchmarks/Measure-Pools.ps1
        pwsh -NoProfile -Command "tests/Benchmarks/Measure-Pools.ps1 -Part Memory -TenMillion"
.PARAMETER Part
    What to measure; all of it when left out.

    Apply   one call after another: $pool.Apply beside pool.apply
    Submit  so many tasks and then all of their results: $pool.Submit beside ProcessPoolExecutor.submit
    Map1    a map with chunks of one: $pool.Map($script, $items, 1) beside pool.map(function, items, 1)
    Map     a map with the chunks that each side chooses, of x * 2 and of a body that takes either language 10 us: the number of its loops is found
            for each in a sequential loop of that language, and what a call then takes is a row of its own
    Cmdlet  a million of { $_ * 2 } through Invoke-ProcessPool, kept in a variable, in items a second, beside Python's map of a million (which returns
            a list) and beside ForEach-Object -Parallel, Start-ThreadJob and Start-Job with as many items as they can do in a second or two
    Cpu     items that take a processor 20 ms: one process beside the pool, for us and for Python
    Memory  the peak of the parent's memory while ever more items stream through Invoke-ProcessPool; its ratio is by the first row, and beside it
            stands the parent of Python's pool.imap with chunks of 256, which takes all of its input at once
    Latency the first result of a pool that has been silent and of one that is not there yet, in milliseconds
.PARAMETER Rounds
    How many times each is done; the median counts.
.PARAMETER Quick
    A tenth of the items: a look rather than a measurement.
.PARAMETER TenMillion
    Adds ten million inputs to Memory, which takes a minute or more.
.PARAMETER NoPython
    Leaves Python out.
.PARAMETER PassThru
    Objects in place of the table: Part, What, Unit, Ours, Theirs, Ratio, Target, IsMet, and the figures of every round in OurTimes and TheirTimes.
.PARAMETER AsJson
    The same objects as JSON.
.EXAMPLE
    ./tests/Benchmarks/Measure-Pools.ps1 -Part Apply, Submit -Quick
#>
[CmdletBinding()]
param(
    [ValidateSet('Apply', 'Submit', 'Map1', 'Map', 'Cmdlet', 'Cpu', 'Memory', 'Latency')]
    [string[]] $Part = @('Apply', 'Submit', 'Map1', 'Map', 'Cmdlet', 'Cpu', 'Memory', 'Latency'),

    [ValidateRange(3, 1000)] [int] $Rounds = 5,

    [switch] $Quick,
    [switch] $TenMillion,
    [switch] $NoPython,
    [switch] $PassThru,
    [switch] $AsJson
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$manifest = Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1
Import-Module $manifest
$peerPath = Join-Path $PSScriptRoot pool_peer.py
$python = if (-not $NoPython) { (Get-Command python3 -CommandType Application -TotalCount 1 -ErrorAction Ignore)?.Source }
if (-not $python -and -not $NoPython) { Write-Warning 'There is no python3 here to compare with.' }
$workers = 2
$warmUp = [timespan]::FromSeconds($Quick ? 1 : 2)

# Each runs in a scope of its own, so that PowerShell compiles its loop as it does that of a function.
$works = @{
    Apply  = {
        param($pool, $script, $items)
        foreach ($item in $items) { $result = $pool.Apply($script, $item) }
        if ($result -ne $items[-1] * 2) { throw "The last result is $result." }
    }
    Submit = {
        param($pool, $script, $items)
        $futures = foreach ($item in $items) { $pool.Submit($script, $item) }
        foreach ($future in $futures) { $result = $future.Result }
        if ($result -ne $items[-1] * 2) { throw "The last result is $result." }
    }
    Map1   = {
        param($pool, $script, $items)
        $results = $pool.Map($script, $items, 1)
        if ($results.Count -ne $items.Count) { throw "There are $($results.Count) results of $($items.Count) items." }
    }
    Map    = {
        param($pool, $script, $items)
        $results = $pool.Map($script, $items)
        if ($results.Count -ne $items.Count) { throw "There are $($results.Count) results of $($items.Count) items." }
    }
    One    = {
        param($pool, $script, $items)
        $results = $items | ForEach-Object $script
        if ($results.Count -ne $items.Count) { throw "There are $($results.Count) results of $($items.Count) items." }
    }
    Cmdlet = {
        param($pool, $script, $items)
        $results = 1..$items.Count | Invoke-ProcessPool $script -Pool $pool -NoProgress
        if ($results.Count -ne $items.Count) { throw "There are $($results.Count) results of $($items.Count) items." }
    }
}

function Get-Count([int] $Count, [int] $AtLeast = 1) {
    $Quick ? [Math]::Max([int]($Count / 10), $AtLeast) : $Count
}

function Get-Median([double[]] $Values) {
    $sorted = @($Values | Sort-Object)
    ($sorted[[Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[Math]::Ceiling(($sorted.Count - 1) / 2)]) / 2
}

function Start-Peer {
    $start = [System.Diagnostics.ProcessStartInfo]::new($python, [string[]]($peerPath, $workers))
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    [System.Diagnostics.Process]::Start($start)
}

<# What the peer answers to a name and a number. #>
function Get-Answer([string] $Name, $Number) {
    $peer.StandardInput.WriteLine([string]::Format([cultureinfo]::InvariantCulture, "{0}`t{1}", $Name, $Number))
    $peer.StandardInput.Flush()
    $line = $peer.StandardOutput.ReadLine()
    if ($null -eq $line) { throw "pool_peer.py ended at $Name." }
    foreach ($figure in $line.Split("`t")) { [double]::Parse($figure, [cultureinfo]::InvariantCulture) }
}

<# Microseconds an item. #>
function Measure-Work([scriptblock] $Work, [scriptblock] $Script, [object[]] $Items) {
    [GC]::Collect()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    & $Work $pool $Script $Items
    $clock.Elapsed.TotalMicroseconds / $Items.Count
}

<# .NET compiles a hot method several times, in the background: it is measured as it stays. Python has nothing of the kind. #>
function Initialize-Work([scriptblock] $Work, [scriptblock] $Script, [object[]] $Items) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do { $null = Measure-Work $Work $Script $Items } while ($clock.Elapsed -lt $warmUp)
}

<# One row; the ratio is how many times as fast ours is, the larger figure being the slower one unless the unit is a rate. #>
function New-Row([string] $Name, [string] $What, [string] $Unit, [double[]] $Ours, [double[]] $Theirs, $Target = $null) {
    $our = $Ours ? (Get-Median $Ours) : $null
    $their = $Theirs ? (Get-Median $Theirs) : $null
    $ratio = $our -and $their ? ($Unit -eq 'items/s' ? $our / $their : $their / $our) : $null
    [pscustomobject]@{
        Part       = $Name
        What       = $What
        Unit       = $Unit
        Ours       = Format-Figure $our
        Theirs     = Format-Figure $their
        Ratio      = $ratio ? [Math]::Round($ratio, $ratio -lt 10 ? 2 : 0) : $null
        Target     = $Target
        IsMet      = $ratio -and $Target ? $ratio -ge $Target : $null
        OurTimes   = $Ours
        TheirTimes = $Theirs
    }
}

<# Three digits, more cannot be trusted. #>
function Format-Figure($Value) {
    if ($null -eq $Value) { return }
    if ($Value -ge 100) { [long]$Value } elseif ($Value -ge 10) { [Math]::Round($Value, 1) } elseif ($Value -ge 1) { [Math]::Round($Value, 2) } else { [Math]::Round($Value, 3) }
}

<# Ours and the peer's in turns, each warm. #>
function Measure-Beside([string] $Name, [string] $What, [scriptblock] $Work, [scriptblock] $Script, [int] $Count, [string] $TheirName, [int] $TheirCount, $Target) {
    Write-Verbose "$Name, $What, $Count items"
    $items = 1..$Count
    Initialize-Work $Work $Script $items
    if ($peer) { $null = Get-Answer $TheirName ([Math]::Max([int]($TheirCount / 10), 2)) }
    $ours = @()
    $theirs = @()
    for ($round = 0; $round -lt $Rounds; $round++) {
        $ours += Measure-Work $Work $Script $items
        if ($peer) { $theirs += Get-Answer $TheirName $TheirCount }
    }
    New-Row $Name $What us $ours $theirs $Target
}

function New-Body([int] $Loops) {
    [scriptblock]::Create("`$x = `$_; for (`$i = 0; `$i -lt $Loops; `$i++) { `$x = `$x * 3 % 1000003 }; `$x")
}

<# A body of which one call takes so many microseconds in a sequential loop, and what it then takes. #>
function New-CalibratedBody([double] $Microseconds) {
    function Measure-Body([int] $Loops, [int] $Calls) {
        $body = New-Body $Loops
        $items = 1..$Calls
        # A script is interpreted at first, and compiled when it has been run some dozens of times.
        for ($i = 0; $i -lt 40; $i++) { $null = 1, 2 | ForEach-Object $body }
        Get-Median @(for ($i = 0; $i -lt 5; $i++) { Measure-Work $works.One $body $items })
    }

    $calls = [Math]::Max([int](20000 / $Microseconds), 3)
    $call = Measure-Body 0 20000
    $each = ((Measure-Body 2000 20) - $call) / 2000
    $loops = [Math]::Max([int](($Microseconds - $call) / $each), 1)
    $time = Measure-Body $loops $calls
    [pscustomobject]@{ Script = New-Body $loops; Loops = $loops; Microseconds = $time }
}

function Measure-Apply {
    Measure-Beside Apply '$pool.Apply beside pool.apply' $works.Apply { param($x) $x * 2 } (Get-Count 10000) apply (Get-Count 5000) 10
}

function Measure-Submit {
    Measure-Beside Submit '$pool.Submit beside executor.submit' $works.Submit { param($x) $x * 2 } (Get-Count 20000) submit (Get-Count 10000) 10
}

function Measure-MapByOne {
    Measure-Beside Map1 '{ $_ * 2 }, chunks of 1' $works.Map1 { $_ * 2 } (Get-Count 100000) map1 (Get-Count 50000) 2
}

function Measure-Map {
    Measure-Beside Map '{ $_ * 2 }, default chunks' $works.Map { $_ * 2 } (Get-Count 1000000) map (Get-Count 1000000) 0.3
    $body = New-CalibratedBody 10
    Write-Verbose "A body of 10 us has $($body.Loops) loops."
    $theirLoops = $null
    $their = $null
    if ($peer) {
        $theirLoops, $their = Get-Answer calibrate.body 10
        Write-Verbose "Python's has $theirLoops."
    }
    New-Row Map "one call of the body, $($body.Loops) loops beside $theirLoops" us $body.Microseconds $their
    Measure-Beside Map 'the body of 10 us, default chunks' $works.Map $body.Script (Get-Count 100000) map.body (Get-Count 100000) 1
}

function Measure-Cmdlet {
    $script = { $_ * 2 }
    $count = Get-Count 1000000
    $items = 1..$count
    $others = [ordered]@{
        'ForEach-Object -Parallel' = @{ Target = 100; Count = Get-Count 1000; Work = { param($count) 1..$count | ForEach-Object -Parallel { $_ * 2 } -ThrottleLimit 2 } }
        'Start-ThreadJob'          = @{
            Target = $null; Count = Get-Count 200
            Work   = { param($count) 1..$count | ForEach-Object { Start-ThreadJob { $using:_ * 2 } -ThrottleLimit 2 } | Receive-Job -Wait -AutoRemoveJob }
        }
        # Two at a time, as everywhere.
        'Start-Job'                = @{
            Target = $null; Count = Get-Count 4 2
            Work   = { param($count) for ($i = 0; $i -lt $count; $i += 2) { 1, 2 | ForEach-Object { Start-Job { $using:_ * 2 } } | Receive-Job -Wait -AutoRemoveJob } }
        }
    }
    if (-not (Get-Command Start-ThreadJob -ErrorAction Ignore)) { $others.Remove('Start-ThreadJob') }

    Write-Verbose "Cmdlet, $count items"
    Initialize-Work $works.Cmdlet $script $items
    $rates = @{ Ours = @(); Python = @() }
    foreach ($name in $others.Keys) {
        $rates[$name] = @()
        $null = & $others[$name].Work 2
    }
    if ($peer) { $null = Get-Answer map 100000 }
    for ($round = 0; $round -lt $Rounds; $round++) {
        $rates.Ours += 1e6 / (Measure-Work $works.Cmdlet $script $items)
        if ($peer) { $rates.Python += 1e6 / (Get-Answer map $count) }
        foreach ($name in $others.Keys) {
            [GC]::Collect()
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $results = @(& $others[$name].Work $others[$name].Count)
            $rates[$name] += $others[$name].Count / $clock.Elapsed.TotalSeconds
            if ($results.Count -ne $others[$name].Count) { throw "$name gave $($results.Count) results of $($others[$name].Count) items." }
        }
    }
    # 300,000 a second where Python's map does three million.
    New-Row Cmdlet "Invoke-ProcessPool beside Python's map" items/s $rates.Ours $rates.Python 0.1
    foreach ($name in $others.Keys) { New-Row Cmdlet "Invoke-ProcessPool beside $name" items/s $rates.Ours $rates[$name] $others[$name].Target }
}

function Measure-Cpu {
    $body = New-CalibratedBody 20000
    $count = Get-Count 100 20
    $items = 1..$count
    Write-Verbose "Cpu, $count items of $($body.Microseconds) us"
    $null = Measure-Work $works.Map1 $body.Script (1..8)
    if ($peer) {
        $null = Get-Answer calibrate.item 20000
        $null = Get-Answer cpu 8
    }
    $times = @{ Pool = @(); One = @(); TheirPool = @(); TheirOne = @() }
    for ($round = 0; $round -lt $Rounds; $round++) {
        # With the chunks that it chooses: long items are single ones.
        $times.Pool += (Measure-Work $works.Map $body.Script $items) / 1000
        $times.One += (Measure-Work $works.One $body.Script $items) / 1000
        if ($peer) {
            $times.TheirPool += (Get-Answer cpu $count) / 1000
            $times.TheirOne += (Get-Answer cpu.one $count) / 1000
        }
    }
    New-Row Cpu 'our pool of 2 beside one process' ms/item $times.Pool $times.One 1.9
    if ($peer) { New-Row Cpu "Python's pool of 2 beside one process" ms/item $times.TheirPool $times.TheirOne }
}

<# Each count in a process of its own, since a peak never falls. #>
function Measure-Memory {
    $script = @'
param($manifest, $workers, $count)
Import-Module $manifest
$pool = New-ProcessPool $workers
$n = 0
1..$count | Invoke-ProcessPool { $_ * 2 } -Pool $pool -NoProgress | ForEach-Object { $n++ }
if ($n -ne $count) { throw "There are $n results of $count items." }
[System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64
'@
    $first = $null
    foreach ($count in 10000, 100000, 1000000, 10000000) {
        if ($count -gt 1000000 -and -not $TenMillion) { continue }
        if ($Quick -and $count -eq 1000000) { continue }
        Write-Verbose "Memory, $count items"
        $command = "& { $script } '$($manifest.Replace("'", "''"))' $workers $count"
        # A peak varies little, and many items take long.
        $ours = @(foreach ($round in 1..($count -gt 100000 ? 1 : 3)) {
                $bytes = & ([Environment]::ProcessPath) -NoProfile -NonInteractive -Command $command
                if ($LASTEXITCODE -ne 0) { throw "A process that streams $count items ended with $LASTEXITCODE." }
                [long]$bytes / 1MB
            })
        $theirs = @(if ($python) {
                $bytes = & $python $peerPath memory $workers $count
                if ($LASTEXITCODE -ne 0) { throw "pool_peer.py ended with $LASTEXITCODE." }
                [long]$bytes / 1MB
            })
        $row = New-Row Memory ('{0:N0} items' -f $count) MB $ours $theirs
        $peak = Get-Median $ours
        $first ??= $peak
        $row.Ratio = [Math]::Round($peak / $first, 2)
        $row
    }
}

function Measure-Latency {
    $script = { param($x) $x * 2 }
    $count = Get-Count 20 5
    $null = Measure-Work $works.Apply $script (1..200)
    $warm = @{ Apply = @(); Cmdlet = @(); Theirs = @() }
    $cold = @{ Ours = @(); Spawn = @(); Default = @() }
    for ($round = 0; $round -lt $Rounds; $round++) {
        foreach ($what in 'Apply', 'Cmdlet') {
            $items = @(1)
            $warm[$what] += Get-Median @(for ($i = 0; $i -lt $count; $i++) {
                    # Long enough that both sides are asleep.
                    Start-Sleep -Milliseconds 50
                    $clock = [System.Diagnostics.Stopwatch]::StartNew()
                    if ($what -eq 'Apply') { $null = $pool.Apply($script, $i) } else { $null = $items | Invoke-ProcessPool $script -Pool $pool }
                    $clock.Elapsed.TotalMilliseconds
                })
        }
        if ($peer) { $warm.Theirs += (Get-Answer latency.warm $count) / 1000 }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $new = New-ProcessPool $workers
        $null = $new.Apply($script, 1)
        $cold.Ours += $clock.Elapsed.TotalMilliseconds
        Remove-ProcessPool $new -Force
        if ($peer) {
            $cold.Spawn += (Get-Answer latency.cold.spawn 1) / 1000
            $cold.Default += (Get-Answer latency.cold.default 1) / 1000
        }
    }
    New-Row Latency '$pool.Apply after a silence beside pool.apply' ms $warm.Apply $warm.Theirs
    New-Row Latency 'one item | Invoke-ProcessPool after a silence beside pool.apply' ms $warm.Cmdlet $warm.Theirs
    New-Row Latency "a new pool and its first result beside Python's, spawn" ms $cold.Ours $cold.Spawn
    New-Row Latency "a new pool and its first result beside Python's, its default" ms $cold.Ours $cold.Default
}

$measures = [ordered]@{
    Apply   = { Measure-Apply }
    Submit  = { Measure-Submit }
    Map1    = { Measure-MapByOne }
    Map     = { Measure-Map }
    Cmdlet  = { Measure-Cmdlet }
    Cpu     = { Measure-Cpu }
    Memory  = { Measure-Memory }
    Latency = { Measure-Latency }
}
$environment = $env:PROCESSTOOLS_STANDBY
# No worker may boot in the background while a clock runs.
$env:PROCESSTOOLS_STANDBY = 0
$peer = $null
$pool = $null
try {
    $pool = New-ProcessPool $workers
    $null = $pool.Map({ $_ }, 1..1000)
    $peer = $python ? (Start-Peer) : $null
    $results = @(
        foreach ($name in $measures.Keys) {
            if ($name -in $Part) {
                Write-Progress 'Measuring' $name
                & $measures[$name]
            }
        }
    )
    Write-Progress 'Measuring' -Completed
}
finally {
    $env:PROCESSTOOLS_STANDBY = $environment
    if ($pool) { Remove-ProcessPool $pool -Force }
    if ($peer) {
        # The end of its input is the end of its work.
        $peer.StandardInput.Close()
        if (-not $peer.WaitForExit(10000)) { $peer.Kill($true) }
        $peer.Dispose()
    }
}

if ($AsJson) { ConvertTo-Json $results -Depth 4 }
elseif ($PassThru) { $results }
else {
    # As wide as it is, wherever it goes.
    ($results | Format-Table Part, What, Unit, Ours, Theirs, Ratio, Target, IsMet -AutoSize | Out-String -Width 200).Trim()
}
