#Requires -Version 7.4
<#
.SYNOPSIS
    Measures pipes over sockets beside Python's multiprocessing.connection, in one run.
.DESCRIPTION
    Two processes of ours, this session and a worker, over the same kind of socket as two of Python's. Bytes go by SendBytes and ReceiveBytes, which are Python's send_bytes and recv_bytes, and objects by Send and
    Receive, which are MessagePack here and pickle there. Both take turns after they have warmed up. Times are microseconds a message, for a round trip there and back; ratios are Python's median by ours in the
    same run. Loops call methods.
.PARAMETER Kind
    The kinds of sockets.
.PARAMETER Size
    The bytes of a message.
.PARAMETER Rounds
    How many times each is done; the median is shown.
.PARAMETER Quick
    A tenth of the messages.
.PARAMETER AsJson
    The figures of every round as JSON in place of a table.
.EXAMPLE
    ./tests/Benchmarks/Measure-Sockets.ps1 -Kind unix -Size 32 -Quick
#>
[CmdletBinding()]
param(
    [ValidateSet('unix', 'tcp')] [string[]] $Kind = @('unix', 'tcp'),
    [ValidateRange(1, 1GB)] [int[]] $Size = @(32, 65536, 1048576),
    [ValidateSet('trip', 'tripobject', 'oneway', 'onewayobject')] [string[]] $Name = @('trip', 'tripobject', 'oneway', 'onewayobject'),
    [ValidateRange(3, 1000)] [int] $Rounds = 5,
    [switch] $Quick,
    [switch] $AsJson
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1)
$peer = Join-Path $PSScriptRoot sockets_peer.py
$python = (Get-Command python3 -CommandType Application -TotalCount 1).Source
$warmUp = [timespan]::FromSeconds($Quick ? 1 : 2)

# Each runs in a scope of its own, here or in a worker, so that PowerShell compiles its loop.
$own = @{
    trip         = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.SendBytes($item); $received = $end.ReceiveBytes() } }
    tripobject   = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.Send($item); $received = $end.Receive() } }
    oneway       = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.SendBytes($item) }; $received = $end.ReceiveBytes() }
    onewayobject = { param($end, $item, $count) for ($i = 0; $i -lt $count; $i++) { $end.Send($item) }; $received = $end.Receive() }
}
$other = @{
    trip         = { param($end, $count) for ($i = 0; $i -lt $count; $i++) { $end.SendBytes($end.ReceiveBytes()) } }
    tripobject   = { param($end, $count) for ($i = 0; $i -lt $count; $i++) { $end.Send($end.Receive()) } }
    oneway       = { param($end, $count) for ($i = 0; $i -lt $count; $i++) { $received = $end.ReceiveBytes() }; $end.SendBytes([byte[]] (1)) }
    onewayobject = { param($end, $count) for ($i = 0; $i -lt $count; $i++) { $received = $end.Receive() }; $end.Send([byte[]] (1)) }
}

function Get-Median($Values) {
    $sorted = @($Values | Sort-Object)
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}

function Measure-Ours($Session, [int] $Count) {
    $Session.Control.Send($Count)
    $null = $Session.Control.Receive(60)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    & $Session.Own $Session.End $Session.Item $Count
    $clock.Elapsed.TotalMicroseconds / $Count
}

$results = foreach ($one in $Kind) {
    foreach ($bytes in $Size) {
        foreach ($what in $Name) {
            $count = [int](($bytes -le 32 ? 20000 : $bytes -le 65536 ? 5000 : 500) * ($what -like 'oneway*' -and $bytes -le 32 ? 5 : 1) * ($Quick ? 0.1 : 1))
            $path = Join-Path ([System.IO.Path]::GetTempPath()) "measure-$PID.sock"
            $listener = New-ProcessListener ($one -eq 'unix' ? "unix://$path" : 'tcp://127.0.0.1:0')
            $control, $there = New-ProcessPipe
            $worker = Start-WorkerProcess -ArgumentList $listener.Address, $there, $other[$what].ToString() {
                param($address, $control, $work)
                $work = [scriptblock]::Create($work)
                $end = Connect-ProcessPipe $address
                while ($count = $control.Receive()) {
                    $control.Send('ready')
                    & $work $end $count
                }
            }
            $session = @{ End = $listener.Accept(60); Control = $control; Own = $own[$what]; Item = [byte[]]::new($bytes) }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            do { $null = Measure-Ours $session ([Math]::Max(10, $count / 10)) } while ($clock.Elapsed -lt $warmUp)
            $ours, $theirs = @(), @()
            for ($round = 0; $round -lt $Rounds; $round++) {
                $ours += Measure-Ours $session $count
                $line = & $python $peer $one $what $bytes $count
                if ($LASTEXITCODE -ne 0) { throw "sockets_peer.py ended with $LASTEXITCODE." }
                $theirs += [double]::Parse($line, [cultureinfo]::InvariantCulture)
            }
            $control.Send(0)
            $worker | Wait-Job | Remove-Job
            $listener.Close()
            $our, $their = (Get-Median $ours), (Get-Median $theirs)
            [pscustomobject]@{
                Kind        = $one
                What        = $what
                Size        = $bytes
                Count       = $count
                Ours        = [Math]::Round($our, 2)
                Python      = [Math]::Round($their, 2)
                Ratio       = [Math]::Round($their / $our, 2)
                Times       = $ours
                PythonTimes = $theirs
            }
        }
    }
}
if ($AsJson) { $results | ConvertTo-Json -Depth 3 } else { $results | Format-Table Kind, What, Size, Count, Ours, Python, Ratio }
