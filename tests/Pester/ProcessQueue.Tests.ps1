BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)

    function Complete([string] $Text) {
        [Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
    }
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'New-ProcessQueue' {
    It 'is program 3 of the tutorial' {
        $queue = New-ProcessQueue
        $null = Start-WorkerProcess { param($m) ($using:queue).Put($m) } -ArgumentList message
        Start-WorkerProcess { "msg:$(($using:queue).Get())" } | Receive-Job -Wait | Should -Be 'msg:message'
    }

    It 'gives a queue that is empty, open and without a limit' {
        $q = New-ProcessQueue
        $q | Should -BeOfType ProcessTools.ProcessQueue
        $q.Count | Should -Be 0
        $q.IsEmpty | Should -BeTrue
        $q.IsFull | Should -BeFalse
        $q.IsClosed | Should -BeFalse
        $q.Capacity | Should -BeNullOrEmpty
        $q.Name | Should -BeNullOrEmpty
    }

    It 'passes objects from worker to worker with their types' {
        $q = New-ProcessQueue
        Start-WorkerProcess { ($using:q).Put((Get-Item /tmp)); ($using:q).Put((Get-Date 2026-01-02)); ($using:q).Put([pscustomobject]@{ A = 1; B = 'two' }) } | Wait-Job | Receive-Job
        $q.Get().FullName | Should -Be /tmp
        $q.Get() | Should -BeOfType datetime
        $o = $q.Get()
        "$($o.A) $($o.B)" | Should -Be '1 two'
    }

    It 'blocks producers at its capacity' {
        $q = New-ProcessQueue -Capacity 2
        $p = Start-WorkerProcess { foreach ($n in 1..4) { ($using:q).Put($n) }; 'done' }
        $first = $q.Get(60)
        Wait-Until { $q.IsFull } 'it is full again'
        Wait-Job $p -Timeout 1 | Should -BeNullOrEmpty
        $q.Count | Should -Be 2
        $first, $q.Get(), $q.Get(60), $q.Get(60) | Should -Be 1, 2, 3, 4
        $p | Receive-Job -Wait | Should -Be done
    }

    It 'times out with <Error> after <Timeout>' -ForEach @(
        @{ Error = 'QueueEmpty'; Timeout = 0.2; Script = { param($t) (New-ProcessQueue).Get($t) } }
        @{ Error = 'QueueEmpty'; Timeout = 1; Script = { param($t) (New-ProcessQueue).Get($t) } }
        @{ Error = 'QueueEmpty'; Timeout = [timespan]::FromSeconds(0.2); Script = { param($t) (New-ProcessQueue).Get($t) } }
        @{ Error = 'QueueFull'; Timeout = 0.2; Script = { param($t) $q = New-ProcessQueue -Capacity 1; $q.Put(1); $q.Put(2, $t) } }
        @{ Error = 'QueueFull'; Timeout = [timespan]::FromSeconds(0.2); Script = { param($t) $q = New-ProcessQueue -Capacity 1; $q.Put(1); $q.Put(2, $t) } }
    ) {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        { & $Script $Timeout } | Should -Throw -ErrorId "$($Error)Exception"
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual ($Timeout -is [timespan] ? $Timeout.TotalSeconds : $Timeout)
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
    }

    It 'is caught by the type of its error' {
        $q = New-ProcessQueue -Capacity 1
        $(try { $q.Get(0) } catch [ProcessTools.QueueEmptyException] { $_.Exception.ErrorId }) | Should -Be QueueEmpty
        $q.Put(1)
        $(try { $q.Put(1, 0) } catch [ProcessTools.QueueFullException] { $_.Exception.ErrorId }) | Should -Be QueueFull
        $q.Close()
        $(try { $q.Put(1) } catch [ProcessTools.QueueClosedException] { $_.Exception.ErrorId }) | Should -Be QueueClosed
    }

    It 'tries without exceptions' {
        $q = New-ProcessQueue -Capacity 1
        $x = $null
        $q.TryGet([ref] $x) | Should -BeFalse
        $q.TryPut('a') | Should -BeTrue
        $q.TryPut('b', 0.1) | Should -BeFalse
        $q.TryGet([ref] $x, 1) | Should -BeTrue
        $x | Should -Be a
    }

    It 'is drained after Close, then closed for consumers in all processes' {
        $q = New-ProcessQueue
        $q.Put(1)
        $q.Put(2)
        $q.Close()
        { $q.Put(3) } | Should -Throw -ErrorId QueueClosedException
        Start-WorkerProcess { ($using:q).Get(); ($using:q).Get(); try { ($using:q).Get() } catch [ProcessTools.QueueClosedException] { 'over' } } | Receive-Job -Wait | Should -Be 1, 2, over
    }

    It 'joins when workers have reported all tasks' {
        $q = New-ProcessQueue
        1..20 | Send-ProcessMessage $q
        $null = foreach ($n in 1..2) { Start-WorkerProcess { while ($true) { $null = ($using:q).Get(); ($using:q).TaskDone() } } }
        $q.Join(60) | Should -BeTrue
        $q.UnfinishedTasks | Should -Be 0
        { $q.TaskDone() } | Should -Throw -ErrorId TaskDoneException
    }

    It 'is met by name in other processes' {
        $name = "pester $PID queue"
        $q = New-ProcessQueue -Name $name -Capacity 5
        $null = Start-WorkerProcess { param($n) (New-ProcessQueue $n).Put('hello') } -ArgumentList $name | Wait-Job
        $q.Get(10) | Should -Be hello
        { New-ProcessQueue $name -Capacity 6 } | Should -Throw -ErrorId 'QueueMismatch,ProcessTools.Commands.NewProcessQueueCommand'
        New-ProcessQueue $name.ToUpper() | Should -Be $q
        $q.Dispose()
        (New-ProcessQueue $name -Capacity 6).Capacity | Should -Be 6
    }

    It 'completes the names that there are' {
        $q = New-ProcessQueue -Name "completion$PID"
        Complete 'New-ProcessQueue -Name compl' | Should -Contain "completion$PID"
        $q.Dispose()
    }

    It 'makes nothing with -WhatIf' {
        New-ProcessQueue -Name "whatif$PID" -WhatIf | Should -BeNullOrEmpty
        Complete 'New-ProcessQueue -Name whatif' | Should -Not -Contain "whatif$PID"
    }

    It 'refuses <Parameters>' -ForEach @(
        @{ Parameters = @{ Capacity = 0 } }
        @{ Parameters = @{ Capacity = -5 } }
        @{ Parameters = @{ Name = '' } }
    ) {
        { New-ProcessQueue @Parameters } | Should -Throw -ErrorId 'ParameterArgumentValidationError*,ProcessTools.Commands.NewProcessQueueCommand'
    }

    It 'is shared by thread jobs' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction Ignore)) {
        $q = New-ProcessQueue
        $jobs = foreach ($n in 1..3) { Start-ThreadJob { foreach ($m in 1..100) { ($using:q).Put($m) } } }
        $null = $jobs | Wait-Job
        $jobs | Receive-Job
        $q.Count | Should -Be 300
        $q.Close()
        Receive-ProcessMessage $q -UntilClosed | Measure-Object -Sum | ForEach-Object Sum | Should -Be 15150
    }

    It 'is shared by ForEach-Object -Parallel' {
        $q = New-ProcessQueue -Capacity 5
        $p = Start-WorkerProcess { 1..200 | Send-ProcessMessage $using:q -Close }
        1..3 | ForEach-Object -Parallel { while ($true) { try { ($using:q).Get() } catch [ProcessTools.QueueClosedException] { break } } } | Measure-Object -Sum | ForEach-Object Sum | Should -Be 20100
        $null = Wait-Job $p
    }

    It 'is deaf to a killed consumer' {
        $q = New-ProcessQueue
        $victim = Start-WorkerProcess { 'up'; ($using:q).Get() }
        $other = Start-WorkerProcess { 'up'; ($using:q).Get() }
        Wait-Until { $victim.Output.Count -and $other.Output.Count } 'both run'
        Stop-Process -Id $victim.ProcessId -Force
        $null = Wait-Job $victim
        $q.Put('left')
        $other | Receive-Job -Wait | Should -Be up, left
    }

    It 'shows well in a table' {
        $q = New-ProcessQueue -Name "shown$PID" -Capacity 7
        $q | Out-String | Should -Match "shown$PID"
        $q.Dispose()
    }
}
