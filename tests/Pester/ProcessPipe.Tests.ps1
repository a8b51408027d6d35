BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'New-ProcessPipe' {
    It 'is program 4 of the tutorial' {
        $send, $recv = New-ProcessPipe
        $null = Start-WorkerProcess { param($end, $m) $end.Send($m) } -ArgumentList $send, message
        Start-WorkerProcess { param($end) "msg:$($end.Receive())" } -ArgumentList $recv | Receive-Job -Wait | Should -Be 'msg:message'
    }

    It 'gives two ends that send and receive' {
        $a, $b = New-ProcessPipe
        $a, $b | Should -BeOfType ProcessTools.ProcessPipeEnd
        $a.Send('there')
        $b.Send('back')
        $b.Receive() | Should -Be there
        $a.Receive() | Should -Be back
    }

    It 'gives a sending and a receiving end with -OneWay' {
        $s, $r = New-ProcessPipe -OneWay
        $s.CanSend, $s.CanReceive, $r.CanSend, $r.CanReceive | Should -Be $true, $false, $false, $true
        { $s.Receive() } | Should -Throw -ErrorId PipeDirectionException
        { $r.Send(1) } | Should -Throw -ErrorId PipeDirectionException
        $s.Send(1)
        $r.Receive() | Should -Be 1
    }

    It 'answers requests of another process' {
        $here, $there = New-ProcessPipe
        $null = Start-WorkerProcess { param($end) while ($true) { $end.Send((Invoke-Expression $end.Receive())) } } -ArgumentList $there
        $here.Send('6 * 7')
        $here.Receive(60) | Should -Be 42
        $here.Send('"$PID"')
        $here.Receive(60) | Should -Not -Be "$PID"
    }

    It 'ends with an end of file when the worker ends' {
        $here, $there = New-ProcessPipe
        $null = Start-WorkerProcess { param($end) 1..3 | ForEach-Object { $end.Send($_) } } -ArgumentList $there
        $got = while ($true) { try { $here.Receive(60) } catch [ProcessTools.PipeClosedException] { break } }
        $got | Should -Be 1, 2, 3
        $here.Poll() | Should -BeTrue
        { $here.Send(1) } | Should -Throw -ErrorId PipeClosedException
    }

    It 'ends with an end of file when the worker is killed' {
        $here, $there = New-ProcessPipe
        $p = Start-WorkerProcess { param($end) $end.Send('up'); $end.Receive() } -ArgumentList $there
        $here.Receive(60) | Should -Be up
        kill -9 $p.ProcessId
        $clock = [Diagnostics.Stopwatch]::StartNew()
        { $here.Receive(30) } | Should -Throw -ErrorId PipeClosedException
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
    }

    It 'keeps bytes that do not fit and objects that are no bytes' {
        $a, $b = New-ProcessPipe
        $a.SendBytes([byte[]] (1..10))
        { $b.ReceiveBytesInto([byte[]]::new(5)) } | Should -Throw -ErrorId BufferTooShortException
        $b.ReceiveBytes() | Should -Be (1..10)
        $a.Send('text')
        { $b.ReceiveBytes() } | Should -Throw -ErrorId MessageNotBytesException
        $b.Receive() | Should -Be text
    }

    It 'polls' {
        $a, $b = New-ProcessPipe
        $b.Poll() | Should -BeFalse
        $b.Poll(0.1) | Should -BeFalse
        $a.Send($null)
        $b.Poll([timespan]::FromSeconds(5)) | Should -BeTrue
        $b.Receive() | Should -BeNullOrEmpty
        $b.Poll() | Should -BeFalse
    }

    It 'sends bytes of <Length>' -ForEach @(@{ Length = 0 }, @{ Length = 1 }, @{ Length = 16777216 }) {
        $here, $there = New-ProcessPipe
        $null = Start-WorkerProcess { param($end) $end.SendBytes($end.ReceiveBytes()) } -ArgumentList $there
        $bytes = [byte[]]::new($Length)
        [Random]::new(7).NextBytes($bytes)
        $here.SendBytes($bytes)
        [Linq.Enumerable]::SequenceEqual($bytes, $here.ReceiveBytes(60)) | Should -BeTrue
    }

    It 'travels inside a message as the way for the reply' {
        $requests = New-ProcessQueue
        $null = Start-WorkerProcess { $r = ($using:requests).Get(); $r.Reply.Send("hello $($r.Name)") }
        $mine, $reply = New-ProcessPipe
        $requests.Put([pscustomobject]@{ Name = 'you'; Reply = $reply })
        $mine.Receive(60) | Should -Be 'hello you'
        { $mine.Receive(60) } | Should -Throw -ErrorId PipeClosedException
    }

    It 'makes nothing with -WhatIf' {
        New-ProcessPipe -WhatIf | Should -BeNullOrEmpty
    }
}

Describe 'New-ProcessPipe -Transport Socket' {
    It 'has bytes from one process to another' {
        $s1, $s2 = New-ProcessPipe -Transport Socket
        $null = Start-WorkerProcess { param($s) $s.GetStream().Write([Text.Encoding]::UTF8.GetBytes('message')) } -ArgumentList $s1
        Start-WorkerProcess -ArgumentList $s2 {
            param($s)
            $buffer = [byte[]]::new(1024)
            $count = $s.GetStream().Read($buffer)
            [Text.Encoding]::UTF8.GetString($buffer, 0, $count)
        } | Receive-Job -Wait | Should -Be message
    }

    It 'has messages, and the end of file of a killed worker' {
        $here, $there = New-ProcessPipe -Transport Socket
        $worker = Start-WorkerProcess { param($end) while ($true) { $end.Send($end.Receive() * 2) } } -ArgumentList $there
        $here.Send(21)
        $here.Receive(60) | Should -Be 42
        { $there.Send(1) } | Should -Throw -ErrorId PipeClosedException
        $worker.Kill()
        { $here.Receive(60) } | Should -Throw -ErrorId PipeClosedException
    }

    It 'completes the kinds of transport' {
        (TabExpansion2 'New-ProcessPipe -Transport ').CompletionMatches.CompletionText | Should -Be SharedMemory, Socket
    }
}
