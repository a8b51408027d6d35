#Requires -Version 7.4
<#
.SYNOPSIS
    Measures queues and pipes between processes beside Python's multiprocessing, in one run.
.DESCRIPTION
    One side is this session and the other a worker (four and four workers for the queue with many users). Both say that they are ready before the
    clock starts. Ours, from loops that call methods and from the cmdlets, and Python's take turns, after all have warmed up. All times are
    microseconds a message, for a round trip there and back. Ratios are Python's median by our median in the same run.
.PARAMETER Part
    What to measure; all of it when left out.

    Queue     one producer, one consumer, with several sizes
    QueueMany four producers, four consumers
    Pipe      round trips with both sides awake, round trips with both asleep, and one way
    Scale     whether a message costs the same from ten thousand to ten million of them, with a reader at work and without
    Idle      the processor time of workers that wait
    CallCost  what PowerShell itself takes: the same loops and pipelines with methods and cmdlets that do nothing
.PARAMETER Way
    From loops with methods, from the cmdlets, or both.
.PARAMETER Rounds
    How many times each is done; the best and the median are shown.
.PARAMETER Quick
    A tenth of the messages, and no more than a million: a look rather than a measurement.
.PARAMETER NoPython
    Leaves Python out.
.PARAMETER AsJson
    The figures of every round as JSON in place of tables.
.EXAMPLE
    ./tests/Benchmarks/Measure-Channels.ps1 -Part Queue, Pipe -Way Loop -Quick
#>
[CmdletBinding()]
param(
    [ValidateSet('Queue', 'QueueMany', 'Pipe', 'Scale', 'Idle', 'CallCost')]
    [string[]] $Part = @('Queue', 'QueueMany', 'Pipe', 'Scale', 'Idle', 'CallCost'),

    [ValidateSet('Loop', 'Cmdlet')]
    [string[]] $Way = @('Loop', 'Cmdlet'),

    [ValidateRange(3, 1000)] [int] $Rounds = 5,

    [switch] $Quick,
    [switch] $NoPython,
    [switch] $AsJson
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$manifest = Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1
Import-Module $manifest
$peer = Join-Path $PSScriptRoot channel_peer.py
$python = if (-not $NoPython) { (Get-Command python3 -CommandType Application -TotalCount 1 -ErrorAction Ignore)?.Source }
if (-not $python -and -not $NoPython) { Write-Warning 'There is no python3 here to compare with.' }
$share = $Quick ? 0.1 : 1
$warmUp = [timespan]::FromSeconds($Quick ? 1 : 2)

# What the items of a queue may be, besides unlimited; the same in channel_peer.py.
$capacity = 100

# The names are those of channel_peer.py, the counts are handed to it. A cmdlet that is started for each message gets a tenth of them.
$measurements = @(
    @{ Part = 'Queue'; Name = 'queue.bytes.32'; Count = 200000; Target = 3 }
    @{ Part = 'Queue'; Name = 'queue.str.32'; Count = 200000 }
    @{ Part = 'Queue'; Name = 'queue.bytes.1024'; Count = 100000 }
    @{ Part = 'Queue'; Name = 'queue.bytes.65536'; Count = 5000 }
    @{ Part = 'Queue'; Name = 'queue.bytes.1048576'; Count = 500; Target = 5 }
    @{ Part = 'Queue'; Name = 'simplequeue.bytes.32'; Count = 100000 }
    @{ Part = 'Queue'; Name = 'boundedqueue.bytes.32'; Count = 200000 }
    @{ Part = 'Queue'; Name = 'boundedqueue.bytes.1048576'; Count = 500 }
    @{ Part = 'QueueMany'; Name = 'queue4to4.bytes.32'; Count = 100000 }
    @{ Part = 'QueueMany'; Name = 'queue4to4.bytes.1024'; Count = 100000 }
    @{ Part = 'Pipe'; Name = 'pipe.roundtrip.32'; Count = 20000; Target = 10 }
    @{ Part = 'Pipe'; Name = 'pipe.roundtripbytes.32'; Count = 20000 }
    @{ Part = 'Pipe'; Name = 'pipe.parked.32'; Count = 200; Target = 1 }
    @{ Part = 'Pipe'; Name = 'pipe.oneway.32'; Count = 200000 }
    @{ Part = 'Pipe'; Name = 'pipe.oneway.65536'; Count = 5000 }
    @{ Part = 'Pipe'; Name = 'pipe.oneway.1048576'; Count = 500 }
)

# Each runs in a scope of its own, here or in a worker, so that PowerShell compiles its loop as it does that of a function. '> $null' drops each
# message as it comes; '$null =' would keep them all until the last.
$works = @{
    PutLoop          = { param($queue, $item, $count) for ($i = 0; $i -lt $count; $i++) { $queue.Put($item) } }
    GetLoop          = {
        param($queue, $item, $count)
        for ($i = 0; $i -lt $count; $i++) { $received = $queue.Get() }
        if ($received.Length -ne $item.Length) { throw "An item of $($item.Length) arrived as one of $($received.Length)." }
    }
    SendLoop         = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.Send($item) } }
    ReceiveLoop      = {
        param($end, $item, $count)
        for ($i = 0; $i -lt $count; $i++) { $received = $end.Receive() }
        if ($received.Length -ne $item.Length) { throw "A message of $($item.Length) arrived as one of $($received.Length)." }
    }
    EchoLoop         = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.Send($end.Receive()) } }
    EchoBytesLoop    = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.SendBytes($end.ReceiveBytes()) } }
    TripLoop         = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.Send($item); $received = $end.Receive() } }
    TripBytesLoop    = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.SendBytes($item); $received = $end.ReceiveBytes() } }
    ParkedTripLoop   = {
        param($end, $item, $count)
        $times = [double[]]::new($count)
        for ($i = 0; $i -lt $count; $i++) {
            Start-Sleep -Milliseconds 5
            $begin = [System.Diagnostics.Stopwatch]::GetTimestamp()
            $end.Send($item)
            $received = $end.Receive()
            $times[$i] = [System.Diagnostics.Stopwatch]::GetElapsedTime($begin).TotalMicroseconds
        }
        [array]::Sort($times)
        $times[[int][Math]::Floor($count / 2)]
    }
    SendCmdlet       = { param($channel, $item, $count) (, $item) * $count | Send-ProcessMessage $channel }
    ReceiveCmdlet    = { param($channel, $item, $count) Receive-ProcessMessage $channel -Count $count > $null }
    EchoCmdlet       = { param($end, $item, $count) Receive-ProcessMessage $end -Count $count | Send-ProcessMessage $end }
    TripCmdlet       = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { Send-ProcessMessage $end (, $item); $null = Receive-ProcessMessage $end } }
    ParkedTripCmdlet = {
        param($end, $item, $count)
        $times = [double[]]::new($count)
        for ($i = 0; $i -lt $count; $i++) {
            Start-Sleep -Milliseconds 5
            $begin = [System.Diagnostics.Stopwatch]::GetTimestamp()
            Send-ProcessMessage $end (, $item)
            $null = Receive-ProcessMessage $end
            $times[$i] = [System.Diagnostics.Stopwatch]::GetElapsedTime($begin).TotalMicroseconds
        }
        [array]::Sort($times)
        $times[[int][Math]::Floor($count / 2)]
    }
}

function New-Payload([string] $Kind, [int] $Size) {
    if ($Kind -eq 'str') { 'x' * $Size } else { , [byte[]]::new($Size) }
}

function Get-Median([double[]] $Values) {
    $sorted = @($Values | Sort-Object)
    ($sorted[[Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[Math]::Ceiling(($sorted.Count - 1) / 2)]) / 2
}

<# A worker that does its work each time it is told how many: it says when it is ready, waits for the word, and says when it is done. #>
function Start-Partner([scriptblock] $Work, $Channel, $Item) {
    $ours, $theirs = New-ProcessPipe
    $worker = Start-WorkerProcess -Module $manifest -ArgumentList $theirs, $Work, $Channel, $Item {
        param($control, $work, $channel, $item)
        while ($count = $control.Receive()) {
            $control.Send('ready')
            $null = $control.Receive()
            & $work $channel $item $count
            $control.Send('done')
        }
    }
    [pscustomobject]@{ Control = $ours; Worker = $worker }
}

function Receive-Word($Partner, [string] $Word) {
    try { $said = $Partner.Control.Receive() }
    catch [ProcessTools.PipeClosedException] {
        $null = Wait-Job $Partner.Worker
        Receive-Job $Partner.Worker
        throw 'A worker ended before its work was done.'
    }
    if ($said -ne $Word) { throw "A worker said '$said' in place of '$Word'." }
}

function Stop-Partner($Partners) {
    foreach ($partner in $Partners) { $partner.Control.Send(0) }
    foreach ($partner in $Partners) { $null = $partner.Worker | Receive-Job -Wait }
}

<# Everything that one way of one measurement needs, ready for any number of rounds. #>
function New-Session([string] $Name, [string] $Way) {
    $what, $kind, $size = $Name -split '\.'
    $session = @{ Own = $null; Item = New-Payload $kind $size; IsMany = $false; Divisor = 1 }
    $partnersChannel = $session.Channel = $null
    if ($what -ne 'pipe') {
        $session.Channel = $partnersChannel = $what -eq 'boundedqueue' ? (New-ProcessQueue -Capacity $capacity) : (New-ProcessQueue)
        $put = $Way -eq 'Loop' ? 'PutLoop' : 'SendCmdlet'
        $get = $Way -eq 'Loop' ? 'GetLoop' : 'ReceiveCmdlet'
        if ($what -eq 'queue4to4') {
            $names = @($put) * 4 + @($get) * 4
            $session.IsMany = $true
        }
        else {
            $names = @($put)
            $session.Own = $works[$get]
        }
    }
    elseif ($kind -eq 'oneway') {
        $partnersChannel, $session.Channel = New-ProcessPipe -OneWay
        $names = @("Send$Way")
        $session.Own = $works["Receive$Way"]
    }
    else {
        $session.Channel, $partnersChannel = New-ProcessPipe
        $names = @($kind -eq 'roundtripbytes' ? "EchoBytes$Way" : "Echo$Way")
        $session.Own = $works[@{ roundtrip = "Trip$Way"; roundtripbytes = "TripBytes$Way"; parked = "ParkedTrip$Way" }[$kind]]
        if ($Way -eq 'Cmdlet' -and $kind -eq 'roundtrip') { $session.Divisor = 10 }
    }
    $session.Partners = @(foreach ($work in $names) { Start-Partner $works[$work] $partnersChannel $session.Item })
    $session
}

<# Microseconds a message. #>
function Measure-Session($Session, [int] $Count) {
    $each = [Math]::Max([int][Math]::Floor($Count / $Session.Divisor / ($Session.IsMany ? 4 : 1)), 1)
    foreach ($partner in $Session.Partners) { $partner.Control.Send($each) }
    foreach ($partner in $Session.Partners) { Receive-Word $partner ready }
    [GC]::Collect()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    foreach ($partner in $Session.Partners) { $partner.Control.Send('go') }
    if ($Session.IsMany) {
        foreach ($partner in $Session.Partners) { Receive-Word $partner done }
        return $clock.Elapsed.TotalMicroseconds / ($each * 4)
    }
    $own = & $Session.Own $Session.Channel $Session.Item $each
    $time = $clock.Elapsed.TotalMicroseconds / $each
    foreach ($partner in $Session.Partners) { Receive-Word $partner done }
    # What sleeps between its messages tells its own time.
    $own ?? $time
}

<# .NET compiles a hot method several times, in the background: it is measured as it stays. Python has nothing of the kind. #>
function Initialize-Session($Session, [int] $Count) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do { $null = Measure-Session $Session $Count } while ($clock.Elapsed -lt $warmUp)
}

function Close-Session($Session) {
    Stop-Partner $Session.Partners
    $Session.Channel.Dispose()
}

function Measure-Python([string] $Name, [int] $Count) {
    $line = & $python $peer --rounds 1 "$Name=$Count"
    if ($LASTEXITCODE -ne 0) { throw "channel_peer.py ended with $LASTEXITCODE." }
    [double]::Parse(($line -split "`t")[1], [cultureinfo]::InvariantCulture)
}

function Measure-Beside($Measurement) {
    $name = $Measurement.Name
    $count = [Math]::Max([int]($Measurement.Count * $share), 50)
    # The cmdlets have no bytes of their own.
    $ways = @($Way | Where-Object { $_ -eq 'Loop' -or $name -notlike '*.roundtripbytes.*' })
    if (-not $ways) { return }
    Write-Verbose "$name, $count messages"
    $sessions = [ordered]@{}
    $times = @{ Python = [System.Collections.Generic.List[double]]::new() }
    foreach ($one in $ways) {
        $sessions[$one] = New-Session $name $one
        $times[$one] = [System.Collections.Generic.List[double]]::new()
        Initialize-Session $sessions[$one] $count
        Write-Verbose "$one is ready"
    }
    for ($round = 0; $round -lt $Rounds; $round++) {
        foreach ($one in $ways) { $times[$one].Add((Measure-Session $sessions[$one] $count)) }
        if ($python) { $times.Python.Add((Measure-Python $name $count)) }
    }
    foreach ($one in $ways) {
        Close-Session $sessions[$one]
        $best = ($times[$one] | Measure-Object -Minimum).Minimum
        $median = Get-Median $times[$one]
        $pythonBest = $python ? ($times.Python | Measure-Object -Minimum).Minimum : $null
        $pythonMedian = $python ? (Get-Median $times.Python) : $null
        # The targets are for loops.
        $target = $one -eq 'Loop' ? $Measurement['Target'] : $null
        [pscustomobject]@{
            Part         = $Measurement.Part
            Name         = $name
            Way          = $one
            Count        = $count
            Best         = [Math]::Round($best, 2)
            Median       = [Math]::Round($median, 2)
            PythonBest   = $python ? [Math]::Round($pythonBest, 2) : $null
            PythonMedian = $python ? [Math]::Round($pythonMedian, 2) : $null
            Ratio        = $python ? [Math]::Round($pythonMedian / $median, 2) : $null
            RatioOfBest  = $python ? [Math]::Round($pythonBest / $best, 2) : $null
            Target       = $target
            IsMet        = $python -and $target ? $pythonMedian / $median -ge $target : $null
            Times        = $times[$one].ToArray()
            PythonTimes  = $times.Python.ToArray()
        }
    }
}

<# Streaming from a worker to this session, and a worker that fills before this session drains, with ever more messages of 32 bytes. #>
function Measure-Scale([string] $Way) {
    $session = New-Session queue.bytes.32 $Way
    Initialize-Session $session 1000000
    $null = Measure-FillAndDrain $session 1000000
    $first = @{}
    foreach ($count in 10000, 100000, 1000000, 10000000) {
        if ($Quick -and $count -gt 1000000) { continue }
        $times = [ordered]@{ stream = @(); fill = @(); drain = @() }
        # Ten thousand are over in some milliseconds: more rounds make up for it.
        $rounds = [Math]::Clamp([int](1000000 / $count), $count -gt 1000000 ? 2 : 3, 15)
        for ($round = 0; $round -lt $rounds; $round++) {
            $times.stream += Measure-Session $session $count
            $fill, $drain = Measure-FillAndDrain $session $count
            $times.fill += $fill
            $times.drain += $drain
        }
        foreach ($what in $times.Keys) {
            $median = Get-Median $times[$what]
            $first[$what] ??= $median
            [pscustomobject]@{
                Part    = 'Scale'
                Name    = "$what.bytes.32"
                Way     = $Way
                Count   = $count
                Best    = [Math]::Round(($times[$what] | Measure-Object -Minimum).Minimum, 2)
                Median  = [Math]::Round($median, 2)
                ToFirst = [Math]::Round($median / $first[$what], 2)
                Times   = $times[$what]
            }
        }
    }
    Close-Session $session
}

<# Microseconds a message, first to put it while nobody reads, then to take it while nobody writes. #>
function Measure-FillAndDrain($Session, [int] $Count) {
    $partner = $Session.Partners[0]
    $partner.Control.Send($Count)
    Receive-Word $partner ready
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $partner.Control.Send('go')
    Receive-Word $partner done
    $clock.Elapsed.TotalMicroseconds / $Count
    $clock.Restart()
    & $Session.Own $Session.Channel $Session.Item $Count
    $clock.Elapsed.TotalMicroseconds / $Count
}

<# The processor time of workers that wait in each way, and of one that only sleeps. #>
function Measure-Idle {
    $seconds = $Quick ? 3 : 10
    $empty = New-ProcessQueue
    $full = New-ProcessQueue -Capacity 1
    $full.Put(1)
    $pipes = @(foreach ($i in 1..2) { , @(New-ProcessPipe) })
    $waits = [ordered]@{
        'sleep'                              = @{ Channel = $null; Work = { [System.Threading.Thread]::Sleep(-1) } }
        'queue Get'                          = @{ Channel = $empty; Work = { param($channel) $channel.Get() } }
        'queue Get(3600)'                    = @{ Channel = $empty; Work = { param($channel) $channel.Get(3600) } }
        'queue Put, full'                    = @{ Channel = $full; Work = { param($channel) $channel.Put(2) } }
        'queue Join'                         = @{ Channel = $full; Work = { param($channel) $channel.Join() } }
        'pipe Receive'                       = @{ Channel = $pipes[0][1]; Work = { param($channel) $channel.Receive() } }
        'pipe Poll(3600)'                    = @{ Channel = $pipes[1][1]; Work = { param($channel) $channel.Poll(3600) } }
        'Receive-ProcessMessage, one queue'  = @{ Channel = $empty; Work = { param($channel) Receive-ProcessMessage $channel } }
        'Receive-ProcessMessage, two queues' = @{ Channel = @($empty, (New-ProcessQueue)); Work = { param($channel) Receive-ProcessMessage $channel } }
    }
    $partners = foreach ($name in $waits.Keys) {
        $partner = Start-Partner $waits[$name].Work $waits[$name].Channel $null
        $partner.Control.Send(1)
        Receive-Word $partner ready
        $partner.Control.Send('go')
        $partner | Add-Member Name $name -PassThru
    }
    # What a process does in its first seconds, such as compiling again what it has called some dozens of times, is not waiting.
    Start-Sleep -Seconds ($Quick ? 3 : 15)
    $before = foreach ($partner in $partners) { (Get-Process -Id $partner.Worker.ProcessId).TotalProcessorTime.TotalMilliseconds }
    Start-Sleep -Seconds $seconds
    for ($i = 0; $i -lt $partners.Count; $i++) {
        $partner = $partners[$i]
        $after = (Get-Process -Id $partner.Worker.ProcessId).TotalProcessorTime.TotalMilliseconds
        if ($partner.Control.Poll()) { Receive-Word $partner 'to be waiting' }
        [pscustomobject]@{
            Part                     = 'Idle'
            Name                     = $partner.Name
            Seconds                  = $seconds
            ProcessorMilliseconds    = [Math]::Round($after - $before[$i], 1)
            Percent = [Math]::Round(($after - $before[$i]) / $seconds / 10, 2)
        }
    }
    foreach ($partner in $partners) { Remove-Job $partner.Worker -Force }
    $empty.Dispose()
    $full.Dispose()
    foreach ($pipe in $pipes) { $pipe[0].Dispose() }
}

<# The same loops and pipelines with methods and cmdlets that do nothing: what no channel can be faster than. #>
function Measure-CallCost {
    $folder = Join-Path ([System.IO.Path]::GetTempPath()) "processtools-channels-$PID"
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $library = Join-Path $folder Trivial.dll
    Add-Type -OutputAssembly $library -OutputType Library -TypeDefinition @'
using System;
using System.Management.Automation;
public sealed class TrivialChannel {
    private readonly object item;
    public TrivialChannel(object item) { this.item = item; }
    public void Put(object item) { }
    public void Put(object item, double timeoutSeconds) { }
    public void Send(object item) { }
    public object Get() { return item; }
    public object Get(double timeoutSeconds) { return item; }
    public object Receive() { return item; }
}
[Cmdlet(VerbsCommunications.Send, "Trivial")]
public sealed class SendTrivialCommand : PSCmdlet {
    [Parameter(Position = 0)] public object Channel { get; set; }
    [Parameter(Position = 1, ValueFromPipeline = true)] public PSObject InputObject { get; set; }
}
[Cmdlet(VerbsCommunications.Receive, "Trivial")]
public sealed class ReceiveTrivialCommand : PSCmdlet {
    [Parameter(Position = 0)] public object Channel { get; set; }
    [Parameter] public int Count { get; set; } = 1;
    protected override void EndProcessing() { for (int i = 0; i < Count; i++) WriteObject(((TrivialChannel)Channel).Get()); }
}
'@
    try {
        Import-Module $library
        $item = New-Payload bytes 32
        $channel = [TrivialChannel]::new($item)
        $cases = [ordered]@{
            'loop, nothing in it'       = @{ Count = 200000; Work = { param($channel, $item, $count) for ($i = 0; $i -lt $count; $i++) { } } }
            'loop, Put'                 = @{ Count = 200000; Work = $works.PutLoop }
            'loop, Get'                 = @{ Count = 200000; Work = $works.GetLoop }
            'loop, Send and Receive'    = @{ Count = 200000; Work = $works.TripLoop }
            'items | Send'              = @{ Count = 200000; Work = { param($channel, $item, $count) (, $item) * $count | Send-Trivial $channel } }
            'Receive -Count'            = @{ Count = 200000; Work = { param($channel, $item, $count) Receive-Trivial $channel -Count $count > $null } }
            'loop, Send; Receive'       = @{ Count = 10000; Work = { param($channel, $item, $count) for ($i = 0; $i -lt $count; $i++) { Send-Trivial $channel (, $item); $null = Receive-Trivial $channel } } }
        }
        foreach ($name in $cases.Keys) {
            $count = $cases[$name].Count
            & $cases[$name].Work $channel $item $count
            $times = foreach ($round in 1..$Rounds) {
                $clock = [System.Diagnostics.Stopwatch]::StartNew()
                & $cases[$name].Work $channel $item $count
                $clock.Elapsed.TotalMicroseconds / $count
            }
            [pscustomobject]@{
                Part   = 'CallCost'
                Name   = $name
                Count  = $count
                Best   = [Math]::Round(($times | Measure-Object -Minimum).Minimum, 3)
                Median = [Math]::Round((Get-Median $times), 3)
                Times  = $times
            }
        }
    }
    finally {
        # The session holds the file on Windows; it is in the temp folder.
        Remove-Item $folder -Recurse -Force -ErrorAction Ignore
    }
}

$environment = $env:PROCESSTOOLS_STANDBY
# No worker may boot in the background while a clock runs.
$env:PROCESSTOOLS_STANDBY = 0
try {
    $results = @(
        foreach ($measurement in $measurements) {
            if ($measurement.Part -in $Part) {
                Write-Progress 'Measuring' $measurement.Name
                Measure-Beside $measurement
            }
        }
        if ('Scale' -in $Part) {
            foreach ($one in $Way) {
                Write-Progress 'Measuring' "10 thousand to 10 million messages, $one"
                Measure-Scale $one
            }
        }
        if ('Idle' -in $Part) {
            Write-Progress 'Measuring' 'workers that wait'
            Measure-Idle
        }
        if ('CallCost' -in $Part) {
            Write-Progress 'Measuring' 'PowerShell itself'
            Measure-CallCost
        }
    )
    Write-Progress 'Measuring' -Completed
}
finally {
    $env:PROCESSTOOLS_STANDBY = $environment
}

if ($AsJson) {
    ConvertTo-Json $results -Depth 4
    return
}
$tables = [ordered]@{
    'Queue, QueueMany, Pipe' = 'Name', 'Way', 'Count', 'Best', 'Median', 'PythonBest', 'PythonMedian', 'Ratio', 'RatioOfBest', 'Target', 'IsMet'
    'Scale'                  = 'Name', 'Way', 'Count', 'Best', 'Median', 'ToFirst'
    'Idle'                   = 'Name', 'Seconds', 'ProcessorMilliseconds', 'Percent'
    'CallCost'               = 'Name', 'Count', 'Best', 'Median'
}
foreach ($parts in $tables.Keys) {
    $rows = @($results | Where-Object Part -In ($parts -split ', '))
    if ($parts -eq 'Scale') { $rows = @($rows | Sort-Object Way, Name -Stable) }
    # As wide as it is, wherever it goes.
    if ($rows) { ($rows | Format-Table $tables[$parts] -AutoSize | Out-String -Width 200).Trim() + "`n" }
}
