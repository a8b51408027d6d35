BeforeDiscovery {
    . (Join-Path $PSScriptRoot common.ps1)
    $examples = foreach ($command in (Get-Command -Module ProcessTools).Name) {
        foreach ($example in (Get-Help $command -Full).Examples.Example) {
            @{ Command = $command; Title = "$($example.Title)".Trim(' -'); Code = $example.Code }
        }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
}

Describe 'What the help shows' {
    BeforeAll {
        # The examples use this session's state, in which names of other tests may stand for something else.
        Get-SharedState | Remove-SharedState
    }

    It '<Command>, <Title>, runs as it is' -ForEach $examples {
        Invoke-Snippet $Code | Should -Not -BeNullOrEmpty
    }
}

Describe 'Views' {
    BeforeAll {
        # The blanks around colons and columns depend on the longest name.
        function Get-Shown($view) { ($view | Out-String -Width 120) -replace ' +', ' ' -split "`n" | ForEach-Object Trim | Where-Object { $_ } }
        $name = "view-$PID"
        $queue = New-ProcessQueue $name -Capacity 2
        1, 2 | Send-ProcessMessage $queue
        $send, $receive = New-ProcessPipe -OneWay
        $pool = New-ProcessPool -Name $name -Size 1
        $future = $pool.Submit({ throw 'the reason' })
        $null = $future.Wait()
    }

    AfterAll {
        Remove-ProcessPool $pool -Force
    }

    It 'of a queue as a list tell all of it' {
        Get-Shown ($queue | Format-List) | Should -Be @(
            "Name : $name", "Id : $($queue.Id)", 'Count : 2', 'Capacity : 2', 'IsEmpty : False', 'IsFull : True', 'UnfinishedTasks : 2', 'IsClosed : False')
    }

    It 'of an end of a pipe as a list tell what it can' {
        Get-Shown ($receive | Format-List) | Should -Be @("Id : $($receive.Id)", 'CanSend : False', 'CanReceive : True', 'IsClosed : False')
    }

    It 'of messages name the channel' {
        $queue.Get() | Should -Be 1
        Get-Shown (Receive-ProcessMessage $queue -AsRecord | Format-List) | Should -Be @("Channel : $name", 'Message : 2')
        $send.Send('text')
        Get-Shown (Receive-ProcessMessage $receive -AsRecord) | Select-Object -Last 1 | Should -Be "$($receive.Id) text"
    }

    It 'of a pool as a list tell what its tasks came to' {
        $shown = Get-Shown ($pool | Format-List)
        $shown[0..4] | Should -Be @("Id : $($pool.Id)", "Name : $name", 'State : Open', 'Size : 1', "Workers : $($pool.Workers.ProcessId)")
        $shown | Should -Contain 'Submitted : 1'
        $shown | Should -Contain 'Failed : 1'
        $shown | Should -Contain 'Completed : 0'
    }

    It 'of a future as a list tell its error' {
        $shown = Get-Shown ($future | Format-List)
        $shown | Should -Contain 'State : Failed'
        $shown | Should -Contain 'Error : the reason'
    }

    It 'of a pool''s statistics are lists, and those of its workers tables' {
        Get-Shown $pool.Statistics | Should -Contain 'WorkersStarted : 1'
        (Get-Shown $pool.Workers)[0] | Should -Be 'ProcessId State TasksDone Starting Waiting Working Serializing'
    }

    It 'of records show the output or the error' {
        $records = 'good', 'bad' | Invoke-ProcessPool -Pool $pool -AsRecord { if ($_ -eq 'bad') { throw 'not this' }; 'a', 'b' }
        $shown = Get-Shown $records
        $shown[-2] | Should -Match '^0 Completed .* good a, b$'
        $shown[-1] | Should -Match '^1 Failed .* bad not this$'
        Get-Shown ($records[1] | Format-List) | Should -Contain 'Error : not this'
    }
}
