#Requires -Version 7.4
<#
.SYNOPSIS
    Measures shared state beside Python's managers, values and locks, in one run.
.DESCRIPTION
    The loops run in a worker, as one process of several has it, and in the session itself. Ours and Python's take turns after both have warmed up. Times are microseconds an operation, medians of the rounds, and
    ratios are Python's median by ours, and of the best rounds; for bulk operations, entries a second. Python's loops run in a process that uses a manager, which is another process.
.PARAMETER Part
    What to measure; all of it when left out.

    Dictionary  get, set, and Increment, beside Manager().dict()
    Lock        acquire and release, beside Manager().Lock(), multiprocessing.Lock, and SemaphoreSlim in the same loop
    Value       Increment, beside "with v.get_lock(): v.value += 1" and Manager().Value
    List        Add, beside Manager().list().append
    Queue       put and get of one item, beside Manager().Queue()
    Bulk        SetMany, GetMany and AddRange of a hundred thousand entries
    Scale       whether get, set and Add cost the same from a thousand to a million entries
    Many        the total rate of sixteen workers at once by that of one
.PARAMETER Where
    In a worker, in the session, or both.
.PARAMETER Name
    A named state, which lives in a process of its own, in place of the session's.
.PARAMETER Rounds
    How many times each is done.
.PARAMETER Clients
    How many workers Many has.
.PARAMETER Quick
    A tenth of the operations: a look rather than a measurement.
.PARAMETER AsJson
    The figures of every round as JSON in place of a table.
.EXAMPLE
    ./tests/Benchmarks/Measure-State.ps1 -Part Lock, Value -Where Worker -Rounds 3
#>
[CmdletBinding()]
param(
    [ValidateSet('Dictionary', 'Lock', 'Value', 'List', 'Queue', 'Bulk', 'Scale', 'Many')]
    [string[]] $Part = @('Dictionary', 'Lock', 'Value', 'List', 'Queue', 'Bulk', 'Scale', 'Many'),

    [ValidateSet('Worker', 'Session')]
    [string[]] $Where = @('Worker', 'Session'),

    [string] $Name,
    [ValidateRange(1, 1000)] [int] $Rounds = 5,
    [ValidateRange(2, 64)] [int] $Clients = 16,
    [switch] $Quick,
    [switch] $AsJson
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$manifest = Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1
Import-Module $manifest
$peer = Join-Path $PSScriptRoot state_peer.py
$python = (Get-Command python3 -CommandType Application -TotalCount 1 -ErrorAction Ignore)?.Source
if (-not $python) { Write-Warning 'There is no python3 here to compare with.' }
$share = $Quick ? 0.1 : 1
# .NET compiles a hot method several times, in the background: it is measured as it stays.
$warmUp = [timespan]::FromSeconds($Quick ? 0.5 : 1.5)

# Each is called with the shared object and a count, in a scope of its own, so that PowerShell compiles its loop as it does that of a function. What is to be made ready first is not timed: a work that does so gives its own seconds.
$works = @{
    DictionaryGet       = { param($d, $count) $d['key'] = 1; for ($i = 0; $i -lt $count; $i++) { $value = $d['key'] } }
    DictionarySet       = { param($d, $count) for ($i = 0; $i -lt $count; $i++) { $d['key'] = $i } }
    DictionaryIncrement = { param($d, $count) $d['number'] = 0; for ($i = 0; $i -lt $count; $i++) { $value = $d.Increment('number') } }
    Lock                = { param($lock, $count) for ($i = 0; $i -lt $count; $i++) { $got = $lock.Acquire(); $lock.Release() } }
    Semaphore           = { param($unused, $count) $semaphore = [System.Threading.SemaphoreSlim]::new(1); for ($i = 0; $i -lt $count; $i++) { $semaphore.Wait(); $before = $semaphore.Release() } }
    Increment           = { param($v, $count) for ($i = 0; $i -lt $count; $i++) { $value = $v.Increment() } }
    Add                 = { param($list, $count) $list.Clear(); for ($i = 0; $i -lt $count; $i++) { $list.Add($i) } }
    PutGet              = { param($queue, $count) for ($i = 0; $i -lt $count; $i++) { $queue.Put($i); $item = $queue.Get() } }
    SetMany             = {
        param($d, $count)
        $d.Clear()
        $entries = @{}
        for ($i = 0; $i -lt $count; $i++) { $entries["key$i"] = $i }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $d.SetMany($entries)
        $watch.Elapsed.TotalSeconds
    }
    GetMany             = {
        param($d, $count)
        $entries = @{}
        for ($i = 0; $i -lt $count; $i++) { $entries["key$i"] = $i }
        $d.SetMany($entries)
        $keys = [string[]] $entries.Keys
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $values = $d.GetMany($keys)
        $watch.Elapsed.TotalSeconds
        if ($values.Count -ne $count) { throw "$($values.Count) of $count values came." }
    }
    AddRange            = {
        param($list, $count)
        $list.Clear()
        $items = [object[]] (1..$count)
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $list.AddRange($items)
        $watch.Elapsed.TotalSeconds
    }
    ScaleGet            = { param($d, $count) $size = $d.Count; for ($i = 0; $i -lt $count; $i++) { $value = $d["key$(($i * 7919) % $size)"] } }
    ScaleSet            = { param($d, $count) $size = $d.Count; for ($i = 0; $i -lt $count; $i++) { $d["key$(($i * 7919) % $size)"] = $i } }
    ScaleKey            = { param($d, $count) $size = $d.Count; for ($i = 0; $i -lt $count; $i++) { $key = "key$(($i * 7919) % $size)" } }
    ScaleAdd            = { param($list, $count) for ($i = 0; $i -lt $count; $i++) { $list.Add($i) }; for ($i = 0; $i -lt $count; $i++) { $list.RemoveAt(-1) } }
    ManyGet             = { param($d, $count) $key = "key$PID"; $d[$key] = 1; for ($i = 0; $i -lt $count; $i++) { $value = $d[$key] } }
    ManySet             = { param($d, $count) $key = "key$PID"; for ($i = 0; $i -lt $count; $i++) { $d[$key] = $i } }
}

# Ours, Python's name in state_peer.py, how many of each, and how many times as fast ours is to be.
$measurements = @(
    @{ Part = 'Dictionary'; What = 'dictionary get; Manager().dict()'; Work = 'DictionaryGet'; Count = 100000; Python = 'manager_dict_get'; PythonCount = 10000; Target = 10 }
    @{ Part = 'Dictionary'; What = 'dictionary set; Manager().dict()'; Work = 'DictionarySet'; Count = 100000; Python = 'manager_dict_set'; PythonCount = 10000; Target = 10 }
    @{ Part = 'Dictionary'; What = 'dictionary Increment; get and set of Manager().Value'; Work = 'DictionaryIncrement'; Count = 100000; Python = 'manager_value'; PythonCount = 10000 }
    @{ Part = 'Lock'; What = 'Lock, acquire and release; Manager().Lock()'; Work = 'Lock'; Count = 300000; Python = 'manager_lock'; PythonCount = 5000; Target = 100 }
    @{ Part = 'Lock'; What = 'Lock; multiprocessing.Lock'; Work = 'Lock'; Count = 300000; Python = 'mp_lock'; PythonCount = 500000 }
    @{ Part = 'Lock'; What = 'Lock; SemaphoreSlim in the same loop'; Work = 'Lock'; Count = 300000; Other = 'Semaphore'; Target = 0.5 }
    @{ Part = 'Value'; What = 'Value.Increment; with v.get_lock(): v.value += 1'; Work = 'Increment'; Count = 500000; Python = 'value'; PythonCount = 200000; Target = 1 }
    @{ Part = 'Value'; What = 'Value.Increment; Manager().Value, v.value += 1'; Work = 'Increment'; Count = 500000; Python = 'manager_value'; PythonCount = 10000 }
    @{ Part = 'List'; What = 'list Add; Manager().list().append'; Work = 'Add'; Count = 100000; Python = 'manager_list_append'; PythonCount = 10000 }
    @{ Part = 'Queue'; What = 'queue, put and get; Manager().Queue()'; Work = 'PutGet'; Count = 100000; Python = 'manager_queue'; PythonCount = 5000 }
    @{ Part = 'Bulk'; What = 'SetMany; Manager().dict().update'; Work = 'SetMany'; Count = 100000; Python = 'manager_dict_update'; PythonCount = 100000; TargetRate = 500000 }
    @{ Part = 'Bulk'; What = 'GetMany; Manager().dict().copy'; Work = 'GetMany'; Count = 100000; Python = 'manager_dict_items'; PythonCount = 100000; TargetRate = 500000 }
    @{ Part = 'Bulk'; What = 'AddRange; Manager().list().extend'; Work = 'AddRange'; Count = 100000; Python = 'manager_list_extend'; PythonCount = 100000; TargetRate = 500000 }
)

function Get-Median([double[]] $Values) {
    $sorted = @($Values | Sort-Object)
    ($sorted[[Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[Math]::Ceiling(($sorted.Count - 1) / 2)]) / 2
}

<# The object that a work is done with. #>
function Get-Subject([string] $Work) {
    switch -Wildcard ($Work) {
        'Lock' { return $state.Lock('benchmark lock') }
        'Semaphore' { return $null }
        'Increment' { return $state.Value('benchmark value', [long] 0) }
        'PutGet' { return $state.Queue('benchmark queue') }
        'Add*' { return , $state.List('benchmark list') }
        'ScaleAdd' { return , $state.List('benchmark scale list') }
        'Scale*' { return , $state.Dictionary('benchmark scale') }
        default { return , $state.Dictionary('benchmark dictionary') }
    }
}

<# Does a work in this process: the seconds that it took. #>
$timer = {
    param($work, $subject, $count)
    $begin = [System.Diagnostics.Stopwatch]::GetTimestamp()
    $own = & $work $subject $count
    $end = [System.Diagnostics.Stopwatch]::GetTimestamp()
    @($own ?? (($end - $begin) / [System.Diagnostics.Stopwatch]::Frequency), $begin, $end)
}

<# A worker that does what it is told, as often as it is told, at a word. #>
function Start-Client {
    $ours, $theirs = New-ProcessPipe
    $worker = Start-WorkerProcess -Module $manifest -ArgumentList $theirs, $works, $timer {
        param($control, $works, $timer)
        while ($request = $control.Receive()) {
            $control.Send('ready')
            $null = $control.Receive()
            $control.Send((& $timer $works[$request.Work] $request.Subject $request.Count))
        }
    }
    [pscustomobject]@{ Control = $ours; Worker = $worker }
}

function Receive-Answer($Client) {
    try { $Client.Control.Receive() }
    catch [ProcessTools.PipeClosedException] {
        $null = Wait-Job $Client.Worker
        Receive-Job $Client.Worker
        throw 'A worker ended before its work was done.'
    }
}

<# Several at once; for each its seconds, when it began and when it ended by the machine's clock. #>
function Invoke-Client($Clients, [string] $Work, $Subject, [int] $Count) {
    foreach ($client in $Clients) { $client.Control.Send(@{ Work = $Work; Subject = $Subject; Count = $Count }) }
    foreach ($client in $Clients) { $null = Receive-Answer $client }
    [GC]::Collect()
    foreach ($client in $Clients) { $client.Control.Send('go') }
    foreach ($client in $Clients) { , (Receive-Answer $client) }
}

function Measure-Seconds([string] $Place, [string] $Work, $Subject, [int] $Count) {
    if ($Place -eq 'Worker') { return (Invoke-Client @($client) $Work $Subject $Count)[0] }
    [GC]::Collect()
    (& $timer $works[$Work] $Subject $Count)[0]
}

function Initialize-Work([string] $Place, [string] $Work, $Subject, [int] $Count) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do { $null = Measure-Seconds $Place $Work $Subject $Count } while ($clock.Elapsed -lt $warmUp)
}

function Measure-Python([string] $What, [int] $Count) {
    $seconds = & $python $peer $What $Count
    if ($LASTEXITCODE -ne 0) { throw "state_peer.py ended with $LASTEXITCODE." }
    [double]::Parse($seconds, [cultureinfo]::InvariantCulture)
}

function Measure-Beside($Measurement, [string] $Place) {
    $work = $Measurement.Work
    $count = [int]($Measurement.Count * $share)
    $subject = Get-Subject $work
    $times = @{ Ours = @(); Theirs = @() }
    Initialize-Work $Place $work $subject $count
    if ($Measurement['Other']) { Initialize-Work $Place $Measurement.Other $null $count }
    for ($round = 0; $round -lt $Rounds; $round++) {
        $times.Ours += (Measure-Seconds $Place $work $subject $count) / $count * 1e6
        if ($Measurement['Other']) { $times.Theirs += (Measure-Seconds $Place $Measurement.Other $null $count) / $count * 1e6 }
        elseif ($python) {
            $pythonCount = [int]($Measurement.PythonCount * $share)
            $times.Theirs += (Measure-Python $Measurement.Python $pythonCount) / $pythonCount * 1e6
        }
    }
    $ours = Get-Median $times.Ours
    $theirs = $times.Theirs ? (Get-Median $times.Theirs) : $null
    $ratio = $theirs ? $theirs / $ours : $null
    $rate = 1e6 / $ours
    $isBulk = $Measurement.Part -eq 'Bulk'
    $target = $Measurement['Target']
    $targetRate = $Measurement['TargetRate']
    [pscustomobject]@{
        Part   = $Measurement.Part
        What   = $Measurement.What
        Where  = $Place
        Ours   = $isBulk ? ('{0:N0}/s' -f $rate) : ('{0:N3} us' -f $ours)
        Theirs = -not $theirs ? '' : $isBulk ? ('{0:N0}/s' -f (1e6 / $theirs)) : ('{0:N3} us' -f $theirs)
        Ratio  = $ratio ? [Math]::Round($ratio, 2) : $null
        Best   = $theirs ? [Math]::Round(($times.Theirs | Measure-Object -Minimum).Minimum / ($times.Ours | Measure-Object -Minimum).Minimum, 2) : $null
        Target = $target ? "at least $target" : $targetRate ? ('{0:N0}/s' -f $targetRate) : ''
        IsMet  = $target -and $ratio ? $ratio -ge $target : $targetRate ? $rate -ge $targetRate : $null
        Times  = $times
    }
}

<# The cost of one operation by how many entries there are; what it takes to make the key is taken off. #>
function Measure-Scale([string] $Place) {
    $dictionary = Get-Subject ScaleGet
    $list = Get-Subject ScaleAdd
    $dictionary.Clear()
    $list.Clear()
    $first = @{}
    $count = [int](50000 * $share)
    foreach ($size in 1000, 10000, 100000, 1000000) {
        for ($i = $dictionary.Count; $i -lt $size; $i += 1000) {
            $entries = [ordered]@{}
            for ($j = $i; $j -lt $i + 1000; $j++) { $entries["key$j"] = $j }
            $dictionary.SetMany($entries)
            $list.AddRange([object[]] ($i..($i + 999)))
        }
        $times = @{ ScaleGet = @(); ScaleSet = @(); ScaleAdd = @(); ScaleKey = @() }
        foreach ($work in $times.Keys) { Initialize-Work $Place $work ($work -eq 'ScaleAdd' ? $list : $dictionary) $count }
        for ($round = 0; $round -lt $Rounds; $round++) {
            foreach ($work in @($times.Keys)) { $times[$work] += (Measure-Seconds $Place $work ($work -eq 'ScaleAdd' ? $list : $dictionary) $count) / $count * 1e6 }
        }
        $key = Get-Median $times.ScaleKey
        foreach ($work in 'ScaleGet', 'ScaleSet', 'ScaleAdd') {
            $median = (Get-Median $times[$work]) - ($work -eq 'ScaleAdd' ? 0 : $key)
            $first[$work] ??= $median
            [pscustomobject]@{
                Part   = 'Scale'
                What   = "$(@{ ScaleGet = 'dictionary get'; ScaleSet = 'dictionary set'; ScaleAdd = 'list Add and RemoveAt(-1)' }[$work]), $('{0:N0}' -f $size) entries; a thousand"
                Where  = $Place
                Ours   = '{0:N3} us' -f $median
                Theirs = '{0:N3} us' -f $first[$work]
                Ratio  = [Math]::Round($first[$work] / $median, 2)
                Best   = $null
                Target = 'about 1'
                IsMet  = $null
                Times  = $times[$work]
            }
        }
    }
    $dictionary.Clear()
    $list.Clear()
}

<# The operations a second of all clients together, from when the last began to when the first ended, and of one alone. #>
function Measure-Many {
    $dictionary = Get-Subject ManyGet
    $all = @(for ($i = 0; $i -lt $Clients; $i++) { Start-Client })
    # Long enough that the start of so many one after the other is a small part of it.
    $count = [int](200000 * $share)
    foreach ($work in 'ManyGet', 'ManySet') {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        do { $null = Invoke-Client $all $work $dictionary $count } while ($clock.Elapsed -lt $warmUp * 4)
        $together = @()
        $alone = @()
        for ($round = 0; $round -lt $Rounds; $round++) {
            $ticks = @(Invoke-Client $all $work $dictionary $count)
            $begin = ($ticks | ForEach-Object { $_[1] } | Measure-Object -Minimum).Minimum
            $end = ($ticks | ForEach-Object { $_[2] } | Measure-Object -Maximum).Maximum
            $together += $count * $Clients / (($end - $begin) / [System.Diagnostics.Stopwatch]::Frequency)
            $one = (Invoke-Client @($all[$round % $Clients]) $work $dictionary ($count * 4))[0]
            $alone += $count * 4 / $one
        }
        $ratio = (Get-Median $together) / (Get-Median $alone)
        [pscustomobject]@{
            Part   = 'Many'
            What   = "dictionary $($work -eq 'ManyGet' ? 'get' : 'set'), $Clients workers together; one"
            Where  = 'Worker'
            Ours   = '{0:N0}/s' -f (Get-Median $together)
            Theirs = '{0:N0}/s' -f (Get-Median $alone)
            Ratio  = [Math]::Round($ratio, 2)
            Best   = [Math]::Round(($together | Measure-Object -Maximum).Maximum / ($alone | Measure-Object -Maximum).Maximum, 2)
            Target = 'at least 0.8'
            IsMet  = $ratio -ge 0.8
            Times  = @{ Together = $together; Alone = $alone }
        }
    }
    Stop-Client $all
}

function Stop-Client($Clients) {
    foreach ($client in $Clients) { $client.Control.Send(0) }
    foreach ($client in $Clients) { $null = $client.Worker | Receive-Job -Wait }
}

$environment = $env:PROCESSTOOLS_STANDBY
# No worker may boot in the background while a clock runs.
$env:PROCESSTOOLS_STANDBY = 0
try {
    $state = $Name ? (Get-SharedState -Name $Name) : (Get-SharedState)
    $client = Start-Client
    $results = @(
        foreach ($measurement in $measurements | Where-Object Part -In $Part) {
            foreach ($place in $Where) { Measure-Beside $measurement $place }
        }
        if ('Scale' -in $Part) { foreach ($place in $Where) { Measure-Scale $place } }
        if ('Many' -in $Part) { Measure-Many }
    )
    Stop-Client $client
}
finally {
    $env:PROCESSTOOLS_STANDBY = $environment
}

if ($AsJson) {
    ConvertTo-Json $results -Depth 4
    return
}
($results | Format-Table What, Where, Ours, Theirs, Ratio, Best, Target, IsMet -AutoSize | Out-String -Width 200).Trim() + "`n"
