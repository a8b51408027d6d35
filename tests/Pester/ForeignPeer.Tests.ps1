BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $python = '/usr/bin/python3', 'python3' | Where-Object { (Get-Command $_ -ErrorAction Ignore) -and $(& $_ -c 'import msgpack' 2> $null; $LASTEXITCODE -eq 0) } | Select-Object -First 1
    $node = (Get-Command node -ErrorAction Ignore) -and (Test-Path (Join-Path $root out/npm/node_modules/@msgpack/msgpack))
    $peers = @(
        @{ Language = 'Python'; Program = $python; Script = 'python-peer.py'; IsMissing = -not $python }
        @{ Language = 'Node.js'; Program = 'node'; Script = 'node-peer.js'; IsMissing = -not $node }
    )
}

BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $root = Split-Path (Split-Path $PSScriptRoot)
    $env:PEER_KEY = 'secret'
    $env:NODE_PATH = Join-Path $root out/npm/node_modules
    $key = ConvertTo-SecureString secret -AsPlainText -Force
}

AfterAll {
    Get-Job | Remove-Job -Force
    Remove-Item env:PEER_KEY, env:NODE_PATH
}

Describe 'A program in <Language> at the other end' -ForEach $peers {
    BeforeAll {
        $path = Join-Path $root src/Examples $Script
    }

    It 'listens and answers' -Skip:$IsMissing {
        $peer = Start-WorkerProcess -FilePath $Program -ArgumentList $path, listen, 'tcp://127.0.0.1:0'
        while (-not $peer.Output.Count -and -not $peer.HasExited) { $null = $peer.Join(0.05) }
        $end = Connect-ProcessPipe "$($peer.Output[0])" -AuthKey $key
        $end.Send(@{ op = 'sum'; numbers = @(1, 2, 3) })
        $end.Receive(60).result | Should -Be 6
        $end.Send(@{ op = 'echo'; value = [ordered]@{ text = 'hällo'; list = @(1, 2.5, $null); bytes = [byte[]] (1, 2) } })
        $value = $end.Receive(60).result
        $value.text | Should -Be 'hällo'
        $value.list | Should -Be 1, 2.5, $null
        $value.bytes | Should -Be ([byte[]] (1, 2))
        $end.Close()
        $peer | Wait-Job | ForEach-Object ExitCode | Should -Be 0
    }

    It 'connects, asks, and is answered' -Skip:$IsMissing {
        $listener = New-ProcessListener tcp://127.0.0.1:0 -AuthKey $key
        $peer = Start-WorkerProcess -FilePath $Program -ArgumentList $path, ask, $listener.Address, 1, 20, 300
        $end = $listener.Accept(60)
        $question = $end.Receive(60)
        $end.Send(@{ ok = $true; result = [int] ($question.numbers | Measure-Object -Sum).Sum })
        $peer | Receive-Job -Wait | Should -Be 321
        $listener.Close()
    }
}
