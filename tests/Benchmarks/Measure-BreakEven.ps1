<#
.SYNOPSIS
Measures from how much work on two workers win over a plain loop, cold and warm, with items that take 1, 5 and 25 ms and allocate
as scripts do. Each cold run is a PowerShell of its own, for the loop and for the workers, taken in turn.
.PARAMETER Milliseconds
How long an item takes, about.
.PARAMETER Rounds
How many times each is done; the median counts.
.PARAMETER Items
With -Way: how many items to do, in this process. Prints the seconds. The command calls itself so.
#>
param([double[]] $Milliseconds = (1, 5, 25), [int] $Rounds = 3, [string] $Way, [int] $Items, [int] $Steps)

$ErrorActionPreference = 'Stop'

# Some properties, some text, a table: what scripts do with an item.
function Invoke-Item([int] $Steps) {
    $table = @{}
    for ($i = 0; $i -lt $Steps; $i++) { $table["key $($i % 50)"] = [pscustomobject]@{ Name = "name $i"; Length = $i; Text = ('a', 'b', $i -join ',') } }
    ($table.Values | Where-Object Length -gt 10).Count
}

if ($Way) {
    Import-Module (Join-Path $PSScriptRoot '../../ProcessTools.psd1')
    $run = switch ($Way) {
        loop { { 1..$Items | ForEach-Object { Invoke-Item $Steps } } }
        workers { { 1..$Items | Invoke-ProcessPool -ThrottleLimit 2 { Invoke-Item $using:Steps } } }
    }
    $cold = (Measure-Command $run).TotalSeconds
    "$cold $((Measure-Command $run).TotalSeconds)"
    return
}

function Get-Median($Values) { ($Values | Sort-Object)[[Math]::Floor(@($Values).Count / 2)] }

# How many steps make a millisecond, when the code has been run in.
$null = Invoke-Item 20000
$steps = 20000 / (Get-Median (1..5 | ForEach-Object { (Measure-Command { Invoke-Item 20000 }).TotalMilliseconds }))
foreach ($time in $Milliseconds) {
    $few, $many = [Math]::Max(2, [int] (600 / $time)), [int] (3000 / $time)
    $times = @{}
    foreach ($round in 1..$Rounds) {
        foreach ($count in $few, $many) {
            foreach ($way in 'loop', 'workers') {
                $cold, $warm = -split (& ([Environment]::ProcessPath) -NoProfile -File $PSCommandPath -Way $way -Items $count -Steps ([Math]::Max(1, [int] ($steps * $time))))
                $times["$way $count cold"] += , [double] $cold
                $times["$way $count warm"] += , [double] $warm
            }
        }
    }
    foreach ($state in 'cold', 'warm') {
        $loop = (Get-Median $times["loop $few $state"]), (Get-Median $times["loop $many $state"])
        $workers = (Get-Median $times["workers $few $state"]), (Get-Median $times["workers $many $state"])
        # Both are straight lines in the number of items; where they cross, the workers begin to win.
        $gain = (($loop[1] - $loop[0]) - ($workers[1] - $workers[0])) / ($many - $few)
        $cross = $gain -le 0 ? [double]::PositiveInfinity : $few + ($workers[0] - $loop[0]) / $gain
        [pscustomobject]@{
            'Item (ms)' = $time; State = $state; Items = $many
            'Loop (s)' = '{0:0.00}' -f $loop[1]; 'Workers (s)' = '{0:0.00}' -f $workers[1]; Ratio = '{0:0.00}' -f ($loop[1] / $workers[1])
            'Break-even (s of loop)' = '{0:0.00}' -f ([Math]::Max(0.0, $cross) * ($loop[1] - $loop[0]) / ($many - $few))
        }
    }
}
