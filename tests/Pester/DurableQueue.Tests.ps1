BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'New-ProcessQueue -Path' {
    BeforeEach {
        $spool = Join-Path $TestDrive ([guid]::NewGuid())
        $queue = New-ProcessQueue -Path $spool -LeaseSeconds 30 -MaxAttempt 2
    }

    AfterEach {
        $queue.Dispose()
    }

    It 'keeps what a process has put, after its end' {
        Start-WorkerProcess { param($spool) 1..3 | Send-ProcessMessage (New-ProcessQueue -Path $spool) } -ArgumentList $spool | Receive-Job -Wait -AutoRemoveJob
        $queue.Count | Should -Be 3
        Receive-ProcessMessage $queue -Count 3 | Should -Be 1, 2, 3
    }

    It 'keeps the kinds of objects that messages have' {
        $queue.Put([pscustomobject]@{ When = [datetime] '2026-01-02'; Sizes = @(1, 2); Text = 'ä' })
        $queue.Dispose()
        $queue = New-ProcessQueue -Path $spool
        $item = $queue.Get(5)
        $item.When | Should -Be ([datetime] '2026-01-02')
        $item.Sizes | Should -Be 1, 2
        $item.Text | Should -Be 'ä'
    }

    It 'deletes what is reported and nothing else' {
        1..3 | Send-ProcessMessage $queue
        $null = $queue.Get()
        $queue.TaskDone()
        $null = $queue.Get()
        $queue.Dispose()
        $queue = New-ProcessQueue -Path $spool
        Receive-ProcessMessage $queue -Count 2 | Should -Be 2, 3
    }

    It 'gives the item of a killed process to another' {
        $queue.Put('item')
        $worker = Start-WorkerProcess { $null = ($using:queue).Get(); 'taken'; Start-Sleep 600 }
        while (-not $worker.Output.Count) { $null = $worker.Join(0.05) }
        $worker.Kill()
        $queue.Get(20) | Should -Be 'item'
        $queue.TaskDone()
        $queue.Join(5) | Should -BeTrue
    }

    It 'is told which item is done, in parallel too' {
        1..20 | Send-ProcessMessage $queue -Close
        Receive-ProcessMessage $queue -UntilClosed | ForEach-Object -Parallel { if ($_ % 5) { ($using:queue).TaskDone($_) } } -ThrottleLimit 3
        $queue.Dispose()
        $queue = New-ProcessQueue -Path $spool
        Receive-ProcessMessage $queue -Count 4 | Should -Be 5, 10, 15, 20
    }

    It 'gives an item back at which the pipeline fails or is stopped' {
        $queue.Put('item')
        { Receive-ProcessMessage $queue | ForEach-Object { throw 'no good' } } | Should -Throw 'no good'
        $queue.Count | Should -Be 1
        Receive-ProcessMessage $queue | Select-Object -First 1 | Should -Be 'item'
        $queue.Count | Should -Be 0
        { Receive-ProcessMessage $queue -TimeoutSeconds 0 -ErrorAction Stop } | Should -Throw -ErrorId 'MessageTimeout*'
        $queue.GiveBack('no good either')
        $queue.DeadLetters[0].LastError | Should -Be 'no good either'
    }

    It 'sets aside what fails too often, and puts it back when told to' {
        $queue.Put('bad')
        foreach ($attempt in 1..2) { $null = $queue.Get(5); $queue.GiveBack("failed $attempt times") }
        $queue.Count | Should -Be 0
        $queue.DeadLetters.Count | Should -Be 1
        $queue.DeadLetters[0].Item | Should -Be 'bad'
        $queue.DeadLetters[0].Attempts | Should -Be 2
        $queue.DeadLetters[0].LastError | Should -Be 'failed 2 times'
        $queue.RequeueDeadLetters() | Should -Be 1
        $queue.Get(5) | Should -Be 'bad'
    }

    It 'says that a lease has ended' {
        $short = New-ProcessQueue -Path (Join-Path $TestDrive ([guid]::NewGuid())) -LeaseSeconds 2
        $short.Put('item')
        $null = $short.Get()
        $short.Get(20) | Should -Be 'item'
        $short.TaskDone()
        { $short.TaskDone() } | Should -Throw -ErrorId LeaseLostException
        $short.Dispose()
    }

    It 'shows a queue by its folder, and dead letters as a table' {
        $queue.Put('bad')
        foreach ($attempt in 1..2) { $null = $queue.Get(5); $queue.GiveBack('no good') }
        $queue | Format-Table | Out-String -Width 200 | Should -BeLike "*$(Split-Path $spool -Leaf)*"
        $list = $queue | Format-List | Out-String -Width 200
        $list | Should -Match 'Durability\s+: Full'
        $list | Should -Match 'DeadLetters\s+: 1'
        New-ProcessQueue | Format-List | Out-String | Should -Not -Match 'Durability'
        $queue.DeadLetters | Out-String -Width 120 | Should -Match 'bad\s+no good'
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a lease that is none'; Id = 'LeaseInvalid'; Arguments = @{ LeaseSeconds = 0 } }
        @{ What = 'no attempts'; Id = 'ParameterArgumentValidationError'; Arguments = @{ MaxAttempt = 0 } }
        @{ What = 'a path of another provider'; Id = 'PathNotFileSystem'; Arguments = @{ Path = 'env:spool' } }
        @{ What = 'a name'; Id = 'AmbiguousParameterSet'; Arguments = @{ Name = 'n' } }
    ) {
        $parameters = @{ Path = Join-Path $TestDrive refused }
        foreach ($key in $Arguments.Keys) { $parameters[$key] = $Arguments[$key] }
        { New-ProcessQueue @parameters } | Should -Throw -ErrorId "$Id,*"
    }

    It 'makes nothing with -WhatIf' {
        New-ProcessQueue -Path (Join-Path $TestDrive none) -WhatIf
        Join-Path $TestDrive none | Should -Not -Exist
    }

    It 'stops waiting with Stop-Job' {
        $worker = Start-WorkerProcess { 'waits'; ($using:queue).Get() }
        while (-not $worker.Output.Count) { $null = $worker.Join(0.05) }
        Stop-Job $worker
        $worker.State | Should -Be 'Stopped'
        $queue.Put('item')
        $queue.Get(20) | Should -Be 'item'
    }
}
