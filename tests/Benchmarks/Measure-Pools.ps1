#Requires -Version 7.4
<#
.SYNOPSIS
    Measures pools of processes beside Python's and PowerShell's own ways, in one run.
.DESCRIPTION
    Two workers on each side. Ours and the others' take turns after all have warmed up; figures are items a second, and ratios ours by theirs, medians of the rounds.
.PARAMETER Part
    What to measure; all of it when left out.

    Apply    $pool.Apply, one call after another, beside pool.apply
    Submit   $pool.Submit of many tasks and then all results, beside ProcessPoolExecutor.submit
    Map1     $pool.Map with chunks of one, beside pool.map with chunksize=1
    Map      $pool.Map of { $_ * 2 } beside pool.map of x * 2 with the default chunks
    Body     the same with a body that takes 10 us in each of the two languages, called in a loop of that language
    Cmdlet   1..n | Invoke-ProcessPool { $_ * 2 }, beside Python's map, ForEach-Object -Parallel, thread jobs and Start-Job
    Cpu      work that keeps a processor busy: two workers beside this process alone
    Memory   the session's working set while inputs stream through, ten thousand and more
    Latency  until the first result, with a pool that has to start and with one that is warm
.PARAMETER Rounds
    How many times each is done; the median is shown.
.PARAMETER Large
    Memory with ten million inputs in place of one million.
.EXAMPLE
    ./tests/Benchmarks/Measure-Pools.ps1 -Part Apply, Submit -Rounds 3
#>
[CmdletBinding()]
param(
    [ValidateSet('Apply', 'Submit', 'Map1', 'Map', 'Body', 'Cmdlet', 'Cpu', 'Memory', 'Latency')]
    [string[]] $Part = @('Apply', 'Submit', 'Map1', 'Map', 'Body', 'Cmdlet', 'Cpu', 'Memory', 'Latency'),
    [ValidateRange(1, 100)] [int] $Rounds = 5,
    [switch] $Large
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module (Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1)
$peer = Join-Path $PSScriptRoot pool_peer.py
$python = (Get-Command python3 -CommandType Application -TotalCount 1).Source

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[math]::Floor($Values.Count / 2)] }

function Measure-Seconds([scriptblock] $Script) {
    [GC]::Collect()
    $watch = [Diagnostics.Stopwatch]::StartNew()
    & $Script
    $watch.Elapsed.TotalSeconds
}

function Measure-Python([string] $What, [int] $Count) { [double](& $python $peer $What $Count) }

function Compare-Side([string] $What, [int] $Count, [scriptblock] $Ours, [int] $TheirCount, [scriptblock] $Theirs, [string] $Target) {
    $ourRates = [Collections.Generic.List[double]]::new()
    $theirRates = [Collections.Generic.List[double]]::new()
    $null = Measure-Seconds $Ours
    for ($round = 0; $round -lt $Rounds; $round++) {
        $ourRates.Add($Count / (Measure-Seconds $Ours))
        $theirRates.Add($TheirCount / (& $Theirs))
    }

    [pscustomobject]@{
        What   = $What
        Ours   = '{0:N0}/s' -f (Get-Median $ourRates)
        Theirs = '{0:N0}/s' -f (Get-Median $theirRates)
        Ratio  = [math]::Round((Get-Median $ourRates) / (Get-Median $theirRates), 2)
        Best   = [math]::Round(($ourRates | Measure-Object -Maximum).Maximum / ($theirRates | Measure-Object -Maximum).Maximum, 2)
        Target = $Target
    }
}

# How many rounds of the loop take ten microseconds here, called one after another in one process. .NET compiles the body better and better for a while, so it is called often before.
function Get-TenMicroseconds([scriptblock] $Body) {
    $loops = 100
    for ($try = 0; $try -lt 12; $try++) {
        $took = (Measure-Seconds { foreach ($i in 1..20000) { $null = $Body.InvokeReturnAsIs($loops) } }) / 20000 * 1e6
        $loops = [math]::Max(1, [int]($loops * 10 / $took))
    }

    $loops
}

$pool = New-ProcessPool -Size 2
$null = $pool.Map({ $_ }, 1..1000)
$results = foreach ($one in $Part) {
    switch ($one) {
        'Apply' {
            $same = { param($x) $x }
            Compare-Side 'apply' 20000 { for ($i = 0; $i -lt 20000; $i++) { $null = $pool.Apply($same, @($i)) } } 3000 { Measure-Python apply 3000 } 'at least 10'
        }
        'Submit' {
            $same = { param($x) $x }
            Compare-Side 'submit' 50000 {
                $futures = for ($i = 0; $i -lt 50000; $i++) { $pool.Submit($same, $i) }
                foreach ($future in $futures) { $null = $future.Result }
            } 10000 { Measure-Python submit 10000 } 'at least 10'
        }
        'Map1' {
            $items = [int[]](1..50000)
            Compare-Side 'map, chunks of 1' 50000 { $null = $pool.Map({ $_ * 2 }, $items, 1) } 20000 { Measure-Python map1 20000 } 'at least 2'
        }
        'Map' {
            $items = [int[]](1..1000000)
            Compare-Side 'map, x * 2' 1000000 { $null = $pool.Map({ $_ * 2 }, $items) } 1000000 { Measure-Python map 1000000 } 'at least 0.3'
        }
        'Body' {
            $body = { param($n) $total = 0; for ($i = 0; $i -lt $n; $i++) { $total += $i }; $total }
            $loops = Get-TenMicroseconds $body
            $items = [int[]]::new(200000)
            [Array]::Fill($items, $loops)
            Compare-Side 'map, 10 us' 200000 { $null = $pool.Map($body, $items) } 200000 { Measure-Python body 200000 } 'at least 1'
        }
        'Cmdlet' {
            Compare-Side 'cmdlet, x * 2; Python map' 1000000 { $null = 1..1000000 | Invoke-ProcessPool { $_ * 2 } -Pool $pool } 1000000 { Measure-Python map 1000000 } 'ours at least 300,000/s'
            Compare-Side 'cmdlet; ForEach-Object -Parallel' 1000000 { $null = 1..1000000 | Invoke-ProcessPool { $_ * 2 } -Pool $pool } 1000 { Measure-Seconds { $null = 1..1000 | ForEach-Object -Parallel { $_ * 2 } -ThrottleLimit 2 } } 'at least 100'
            if (Get-Command Start-ThreadJob -ErrorAction Ignore) {
                Compare-Side 'cmdlet; thread jobs' 1000000 { $null = 1..1000000 | Invoke-ProcessPool { $_ * 2 } -Pool $pool } 100 { Measure-Seconds { $null = 1..100 | ForEach-Object { Start-ThreadJob { $input * 2 } -InputObject $_ -ThrottleLimit 2 } | Receive-Job -Wait -AutoRemoveJob } } ''
            }
            Compare-Side 'cmdlet; Start-Job' 1000000 { $null = 1..1000000 | Invoke-ProcessPool { $_ * 2 } -Pool $pool } 4 { Measure-Seconds { $null = 1..4 | ForEach-Object { Start-Job { $input * 2 } -InputObject $_ } | Receive-Job -Wait -AutoRemoveJob } } ''
        }
        'Cpu' {
            $work = { $x = 0.0; for ($i = 0; $i -lt 400000; $i++) { $x += [math]::Sqrt($i) }; $x }
            Compare-Side 'processor-bound, two workers; this process' 200 { $null = 1..200 | Invoke-ProcessPool $work -Pool $pool } 200 { Measure-Seconds { $null = foreach ($i in 1..200) { & $work } } } 'at least 1.9'
        }
        'Memory' {
            foreach ($count in 10000, 100000, 1000000, 10000000) {
                if ($count -gt 1000000 -and -not $Large) { continue }
                [GC]::Collect()
                $track = @{ Peak = 0L; Seen = 0 }
                $seconds = Measure-Seconds {
                    & { $k = $count; while ($k--) { $k } } | Invoke-ProcessPool { $_ * 2 } -Pool $pool | ForEach-Object {
                        if (($track.Seen++ % 5000) -eq 0) { $track.Peak = [math]::Max($track.Peak, [Environment]::WorkingSet) }
                    }
                }
                [pscustomobject]@{ What = "working set, $('{0:N0}' -f $count) inputs"; Ours = '{0:N0} MB' -f ($track.Peak / 1MB); Theirs = ''; Ratio = ''; Best = '{0:N0}/s' -f ($count / $seconds); Target = 'flat' }
            }
        }
        'Latency' {
            $cold = Get-Median $(for ($round = 0; $round -lt $Rounds; $round++) {
                    $fresh = New-ProcessPool -Size 2
                    Measure-Seconds { $null = 1 | Invoke-ProcessPool { $_ } -Pool $fresh }
                    Remove-ProcessPool $fresh -Force
                })
            $warm = Get-Median $(for ($round = 0; $round -lt 20; $round++) { Measure-Seconds { $null = 1 | Invoke-ProcessPool { $_ } -Pool $pool } })
            [pscustomobject]@{ What = 'first result, cold and warm'; Ours = '{0:N0} ms, {1:N2} ms' -f ($cold * 1000), ($warm * 1000); Theirs = ''; Ratio = ''; Best = ''; Target = '' }
        }
    }
}

$pool.Terminate()
$results | Format-Table -AutoSize | Out-String -Width 160
