BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $key = ConvertTo-SecureString 'a long and random text' -AsPlainText -Force
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'New-ProcessListener and Connect-ProcessPipe' {
    AfterEach {
        if ($listener) { $listener.Close() }
    }

    It 'connects two processes' {
        $listener = New-ProcessListener tcp://127.0.0.1:0 -AuthKey $key
        $null = Start-WorkerProcess { param($a, $k) $p = Connect-ProcessPipe $a -AuthKey $k; $p.Send(6 * $p.Receive()) } -ArgumentList $listener.Address, $key
        $pipe = $listener.Accept(60)
        $pipe | Should -BeOfType ProcessTools.ProcessPipeEnd
        $pipe.Send(7)
        $pipe.Receive(60) | Should -Be 42
        { $pipe.Receive(60) } | Should -Throw -ErrorId PipeClosedException
    }

    It 'takes messages from and into a pipeline' {
        $listener = New-ProcessListener tcp://127.0.0.1:0
        $client = Connect-ProcessPipe $listener.Address
        1..100 | Send-ProcessMessage $client
        $client.Close()
        Receive-ProcessMessage $listener.Accept(60) -UntilClosed | Should -Be (1..100)
    }

    It 'talks with Python' -Skip:(-not (Get-Command python3 -ErrorAction Ignore)) {
        $listener = New-ProcessListener tcp://127.0.0.1:0 -AuthKey $key
        $python = Start-WorkerProcess -FilePath python3 -ArgumentList '-c', @"
from multiprocessing.connection import Client
with Client(('127.0.0.1', $(([uri] $listener.Address).Port)), authkey=b'a long and random text') as connection:
    connection.send_bytes(connection.recv_bytes().upper())
"@
        $pipe = $listener.Accept(60)
        $pipe.SendBytes([System.Text.Encoding]::UTF8.GetBytes('hello'))
        [System.Text.Encoding]::UTF8.GetString($pipe.ReceiveBytes(60)) | Should -Be HELLO
        $python | Wait-Job | Remove-Job
    }

    It 'encrypts, and connects from the pipeline' {
        $listener = New-ProcessListener tcp+tls://127.0.0.1:0 -SelfSigned
        $client = $listener | Connect-ProcessPipe
        $client.Send('hidden')
        $listener.Accept(60).Receive(60) | Should -Be hidden
        { Connect-ProcessPipe $listener.Address -ErrorAction Stop } | Should -Throw -ErrorId 'TlsFailed,*'
    }

    It 'connects to a plain listener from the pipeline' {
        $listener = New-ProcessListener tcp://127.0.0.1:0
        $client = $listener | Connect-ProcessPipe
        $client.Send(1)
        $listener.Accept(60).Receive(60) | Should -Be 1
    }

    It 'refuses another key, and has a line in its log' {
        $listener = New-ProcessListener tcp://127.0.0.1:0 -AuthKey $key
        $wrong = ConvertTo-SecureString wrong -AsPlainText -Force
        { Connect-ProcessPipe $listener.Address -AuthKey $wrong -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,*'
        $until = [datetime]::UtcNow.AddSeconds(60)
        while ($listener.RefusedCount -eq 0 -and [datetime]::UtcNow -lt $until) { $null = $listener.PendingCount }
        $listener.Log.Reason | Should -BeLike '*key*'
    }

    It 'listens to others with a key only' {
        { New-ProcessListener tcp://*:0 } | Should -Throw -ErrorId 'AuthKeyRequired,*'
    }

    It 'is shown in a table' {
        $listener = New-ProcessListener tcp://127.0.0.1:0
        $listener | Out-String | Should -BeLike '*Address*Pending*Accepted*Refused*tcp://127.0.0.1:*'
    }

    It 'completes addresses' {
        (TabExpansion2 'New-ProcessListener tcp').CompletionMatches.CompletionText | Should -Contain 'tcp://127.0.0.1:'
    }
}
