BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'Send-ProcessMessage' {
    It 'sends what comes through the pipeline, and writes nothing' {
        $q = New-ProcessQueue
        Get-ChildItem / | Send-ProcessMessage $q | Should -BeNullOrEmpty
        $q.Count | Should -Be @(Get-ChildItem /).Count
        $q.Get().Name | Should -Be @(Get-ChildItem /)[0].Name
    }

    It 'takes the items of a collection that is given by name, and null as a message' {
        $q = New-ProcessQueue
        Send-ProcessMessage $q 1, 2
        Send-ProcessMessage $q $null
        $q.Count | Should -Be 3
    }

    It 'reports what cannot travel and sends the rest' {
        $q = New-ProcessQueue
        1, [Action] { }, 3 | Send-ProcessMessage $q -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -Be 'NotSerializable,ProcessTools.Commands.SendProcessMessageCommand'
        $q.Get(), $q.Get() | Should -Be 1, 3
    }

    It 'ends with an error at a closed queue or pipe' {
        $q = New-ProcessQueue
        $q.Close()
        { 1 | Send-ProcessMessage $q } | Should -Throw -ErrorId 'QueueClosed,ProcessTools.Commands.SendProcessMessageCommand'
        $a, $b = New-ProcessPipe
        $b.Close()
        { 1 | Send-ProcessMessage $a } | Should -Throw -ErrorId 'PipeClosed,ProcessTools.Commands.SendProcessMessageCommand'
    }

    It 'gives up a message that finds no room in time, and goes on' {
        $q = New-ProcessQueue -Capacity 1
        1..3 | Send-ProcessMessage $q -TimeoutSeconds 0.1 -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors.FullyQualifiedErrorId | Should -Be @(1..2 | ForEach-Object { 'QueueFull,ProcessTools.Commands.SendProcessMessageCommand' })
        $errors[0].TargetObject | Should -Be 2
    }
}

Describe 'Receive-ProcessMessage' {
    It 'leaves what Select-Object -First does not want' {
        $q = New-ProcessQueue
        1..10 | Send-ProcessMessage $q
        Receive-ProcessMessage $q -UntilClosed | Select-Object -First 3 | Should -Be 1, 2, 3
        $q.Count | Should -Be 7
        Receive-ProcessMessage $q | Should -Be 4
    }

    It 'leaves the pipe usable after Select-Object -First' {
        $a, $b = New-ProcessPipe
        1..5 | Send-ProcessMessage $a -Close
        Receive-ProcessMessage $b -UntilClosed | Select-Object -First 2 | Should -Be 1, 2
        Receive-ProcessMessage $b -UntilClosed | Should -Be 3, 4, 5
    }

    It 'receives from a queue and a pipe at once, and says from which' {
        $q = New-ProcessQueue
        $here, $there = New-ProcessPipe
        $null = Start-WorkerProcess { 1..20 | Send-ProcessMessage $using:q -Close }
        $null = Start-WorkerProcess { param($end) 101..120 | Send-ProcessMessage $end } -ArgumentList $there
        $all = Receive-ProcessMessage $q, $here -UntilClosed -AsRecord
        $all | Should -HaveCount 40
        ($all | Where-Object Channel -EQ $q).Message | Should -Be (1..20)
        ($all | Where-Object Channel -EQ $here).Message | Should -Be (101..120)
    }

    It 'ends with MessageTimeout when nothing comes' {
        $q = New-ProcessQueue
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Receive-ProcessMessage $q -TimeoutSeconds 0.3 -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual 0.3
        $errors[0].FullyQualifiedErrorId | Should -Be 'MessageTimeout,ProcessTools.Commands.ReceiveProcessMessageCommand'
        $errors[0].CategoryInfo.Category | Should -Be OperationTimeout
    }

    It 'ends with <Id> when all channels are over' -ForEach @(
        @{ Id = 'QueueClosed'; Make = { $q = New-ProcessQueue; $q.Close(); $q } }
        @{ Id = 'PipeClosed'; Make = { $a, $b = New-ProcessPipe; $a.Close(); $b } }
    ) {
        Receive-ProcessMessage (& $Make) -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -Be "$Id,ProcessTools.Commands.ReceiveProcessMessageCommand"
        { Receive-ProcessMessage (& $Make) -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        Receive-ProcessMessage (& $Make) -UntilClosed -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'gives whole objects to the pipeline' {
        $q = New-ProcessQueue
        , (1, 2, 3) | Send-ProcessMessage $q
        , (4, 5) | Send-ProcessMessage $q -Close
        Receive-ProcessMessage $q -UntilClosed | ForEach-Object { $_.Count } | Should -Be 3, 2
    }

    It 'builds a pipeline of three processes' {
        $words = New-ProcessQueue -Capacity 100
        $lengths = New-ProcessQueue -Capacity 100
        $reader = Start-WorkerProcess { param($path) Get-Content $path | Send-ProcessMessage $using:words -Close } -ArgumentList (Join-Path $root README.md)
        $worker = Start-WorkerProcess { Receive-ProcessMessage $using:words -UntilClosed | ForEach-Object Length | Send-ProcessMessage $using:lengths -Close }
        $sum = Receive-ProcessMessage $lengths -UntilClosed | Measure-Object -Sum
        $lines = Get-Content (Join-Path $root README.md)
        $sum.Count | Should -Be $lines.Count
        $sum.Sum | Should -Be ($lines | Measure-Object Length -Sum).Sum
        $null = $reader, $worker | Wait-Job
        $reader.State, $worker.State | Should -Be Completed, Completed
    }

    It 'stops with its worker at once' {
        $q = New-ProcessQueue
        $p = Start-WorkerProcess { 'up'; Receive-ProcessMessage $using:q }
        Wait-Until { $p.Output.Count } 'it runs'
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Stop-Job $p
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 1.5
        $p.State | Should -Be Stopped
        $q.Put(1)
        $q.Get(5) | Should -Be 1
    }
}
