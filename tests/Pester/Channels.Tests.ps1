BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
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

    It 'joins three stages by bounded queues' {
        $numbers, $squares = (New-ProcessQueue -Capacity 10), (New-ProcessQueue -Capacity 10)
        $null = Start-WorkerProcess { 1..500 | Send-ProcessMessage $using:numbers -Close }
        $null = Start-WorkerProcess { Receive-ProcessMessage $using:numbers -UntilClosed | ForEach-Object { $_ * $_ } | Send-ProcessMessage $using:squares -Close }
        (Receive-ProcessMessage $squares -UntilClosed | Measure-Object -Sum).Sum | Should -Be 41791750
    }

    It 'lets typed errors be caught' {
        $queue = New-ProcessQueue -Capacity 1
        $(try { $queue.Get(0.05) } catch [ProcessTools.QueueEmptyException] { $_.Exception.ErrorId }) | Should -Be QueueEmpty
        $queue.Put(1)
        $(try { $queue.Put(2, 0.05) } catch [ProcessTools.QueueFullException] { $_.Exception.ErrorId }) | Should -Be QueueFull
        $queue.Close()
        $(try { $queue.Put(2) } catch [ProcessTools.QueueClosedException] { $_.Exception.ErrorId }) | Should -Be QueueClosed
    }

    It 'shares a queue with thread jobs and parallel loops of this process' {
        $queue = New-ProcessQueue
        1..8 | ForEach-Object -Parallel { ($using:queue).Put($_) } -ThrottleLimit 4
        1..8 | ForEach-Object { $queue.Get(10) } | Sort-Object | Should -Be (1..8)
    }

    It 'offers the names of the queues that exist' {
        $name = "pester-$([guid]::NewGuid())"
        $queue = New-ProcessQueue $name
        [Management.Automation.CommandCompletion]::CompleteInput('New-ProcessQueue pester-', 24, $null).CompletionMatches.CompletionText | Should -Contain $name
        $queue.Name | Should -Be $name
    }

    It 'reads well in a table' {
        (New-ProcessQueue -Capacity 5 | Out-String) | Should -Match 'Count\s+Capacity'
    }
}

Describe 'New-ProcessPipe' {
    It 'is program 4 of the tutorial' {
        $send, $recv = New-ProcessPipe
        $null = Start-WorkerProcess { ($using:send).Send('hello') }
        Start-WorkerProcess { ($using:recv).Receive() } | Receive-Job -Wait | Should -Be hello
    }

    It 'gives the end of file when the other process is killed' {
        $a, $b = New-ProcessPipe
        $worker = Start-WorkerProcess { ($using:b).Send($PID); Start-Sleep 600 }
        Stop-Process -Id $a.Receive() -Force
        $(try { $a.Receive(30) } catch [ProcessTools.PipeClosedException] { $_.Exception.ErrorId }) | Should -Be PipeClosed
    }
}

Describe 'Send- and Receive-ProcessMessage' {
    It 'takes no more than the pipeline wants' {
        $queue = New-ProcessQueue
        1..10 | Send-ProcessMessage $queue
        Receive-ProcessMessage $queue -UntilClosed | Select-Object -First 3 | Should -Be (1..3)
        $queue.Count | Should -Be 7
    }

    It 'gives way to a stop' -ForEach '$q.Get()', 'Receive-ProcessMessage $q', 'Receive-ProcessMessage $q, $b -UntilClosed' {
        $shell = [powershell]::Create().AddScript("Import-Module '$root/ProcessTools.psd1'; `$q = New-ProcessQueue; `$a, `$b = New-ProcessPipe; 'waiting'; $_; 'not stopped'")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $call = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while (-not $output.Count) { Start-Sleep -Milliseconds 5 }
        $call.AsyncWaitHandle.WaitOne(200) | Should -BeFalse
        $shell.Stop()
        $call.IsCompleted | Should -BeTrue
        $output | Should -Be 'waiting'
        $shell.Dispose()
    }
}
