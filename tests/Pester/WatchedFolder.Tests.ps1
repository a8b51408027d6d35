BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'Receive-ProcessMessage -Path' {
    BeforeEach {
        $inbox = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        function Get-Name($Folder) { (Get-ChildItem (Join-Path $inbox $Folder) -File | Sort-Object Name).Name }
    }

    It 'takes the files that fit, and moves them to done' {
        Set-Content "$inbox/a.json" '{ "n": 1 }'
        Set-Content "$inbox/b.json" '{ "n": 2 }'
        Set-Content "$inbox/c.txt" 'other'
        $sum = Receive-ProcessMessage -Path $inbox -Filter *.json -SettleSeconds 0 -TimeoutSeconds 0 | ForEach-Object { ($_.ReadText() | ConvertFrom-Json).n } | Measure-Object -Sum
        $sum.Sum | Should -Be 3
        Get-Name done | Should -Be a.json, b.json
        Get-Name . | Should -Be c.txt
    }

    It 'goes with the commands that take files' {
        Set-Content -LiteralPath "$inbox/a [1].txt" 'text'
        Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -TimeoutSeconds 0 | Get-Content | Should -Be text
        Set-Content "$inbox/b.txt" 'text'
        (Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -TimeoutSeconds 0 | Get-FileHash).Hash | Should -Match '^[0-9A-F]{64}$'
    }

    It 'takes paths of the session' {
        Set-Content "$inbox/a.txt" 'text'
        Push-Location $inbox
        try { (Receive-ProcessMessage -Path . -DoneFolder ./over -SettleSeconds 0 -Count 1).FullName | Should -Be (Join-Path $inbox over a.txt) }
        finally { Pop-Location }
    }

    It 'moves a file to failed when the pipeline ends with <What>' -ForEach @(
        @{ What = 'throw'; Fault = { throw 'no good' }; Reason = 'no good' }
        @{ What = 'an error of a command'; Fault = { Get-Item /no/such -ErrorAction Stop }; Reason = '/no/such' }
        @{ What = 'an exception'; Fault = { throw [System.IO.InvalidDataException]::new('bad data') }; Reason = 'bad data' }
    ) {
        Set-Content "$inbox/a.txt" 'text'
        { Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -TimeoutSeconds 0 | ForEach-Object $Fault } | Should -Throw "*$Reason*"
        Get-Name failed | Should -Be a.txt, a.txt.error.txt
        Get-Content -Raw "$inbox/failed/a.txt.error.txt" | Should -BeLike "*$Reason*"
        Get-Name done | Should -BeNullOrEmpty
    }

    It 'leaves what Select-Object -First does not want' {
        1..5 | ForEach-Object { Set-Content "$inbox/$_.txt" $_; (Get-Item "$inbox/$_.txt").LastWriteTime = [datetime]::new(2026, 1, $_) }
        Receive-ProcessMessage -Path $inbox | Select-Object -First 2 | ForEach-Object Name | Should -Be 1.txt, 2.txt
        Get-Name done | Should -Be 1.txt, 2.txt
        Get-Name . | Should -Be 3.txt, 4.txt, 5.txt
    }

    It 'tells an error from a command that wants no more' {
        1..3 | ForEach-Object { Set-Content "$inbox/$_.txt" $_; (Get-Item "$inbox/$_.txt").LastWriteTime = [datetime]::new(2026, 1, $_) }
        Receive-ProcessMessage -Path $inbox | ForEach-Object { try { throw 'handled' } catch { }; $_.Name } | Select-Object -First 1 | Should -Be 1.txt
        { Receive-ProcessMessage -Path $inbox | ForEach-Object FullName | Copy-Item -Destination /no/such/folder -ErrorAction Stop } | Should -Throw
        { Receive-ProcessMessage -Path $inbox | ForEach-Object FullName | Import-Clixml } | Should -Throw
        Get-Name done | Should -Be 1.txt
        Get-Name failed | Should -Be 2.txt, 2.txt.error.txt, 3.txt, 3.txt.error.txt
    }

    It 'waits for files that another process writes' {
        $writer = Start-WorkerProcess { param($inbox) 1..20 | ForEach-Object { Set-Content "$inbox/$_.part" $_; Rename-Item "$inbox/$_.part" "$_.txt" } } -ArgumentList "$inbox"
        $all = Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -Count 20 -TimeoutSeconds 30 | ForEach-Object { [int] $_.ReadText() }
        $all | Sort-Object | Should -Be (1..20)
        $null = $writer | Wait-Job
        $writer.State | Should -Be Completed
    }

    It 'gives each file to one of several processes' {
        $workers = foreach ($n in 1..3) {
            Start-WorkerProcess { param($inbox) Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -TimeoutSeconds 3 | ForEach-Object { $_.Name } } -ArgumentList "$inbox"
        }
        1..100 | ForEach-Object { [System.IO.File]::WriteAllText("$inbox/$_.tmp", 'x'); [System.IO.File]::Move("$inbox/$_.tmp", "$inbox/$_") }
        $workers | Receive-Job -Wait | Sort-Object { [int] $_ } | Should -Be (1..100)
        @(Get-Name done).Count | Should -Be 100
    }

    It 'gives a file back when its pipeline is stopped' {
        Set-Content "$inbox/a.txt" 'text'
        $p = Start-WorkerProcess { param($inbox) Receive-ProcessMessage -Path $inbox -SettleSeconds 0 | ForEach-Object { 'mine'; Start-Sleep 60 } } -ArgumentList "$inbox"
        Wait-Until { $p.Output.Count } 'the worker has it'
        Stop-Job $p
        $file = Receive-ProcessMessage -Path $inbox -Count 1 -TimeoutSeconds 10
        $file.Name, $file.Attempts | Should -Be a.txt, 1
    }

    It 'leaves files to the script with -Manual' {
        Set-Content "$inbox/a.txt" 'text'
        $file = Receive-ProcessMessage -Path $inbox -SettleSeconds 0 -Count 1 -Manual
        $file.State | Should -Be Claimed
        Get-Name done | Should -BeNullOrEmpty
        $file.Complete()
        $file.State | Should -Be Done
        Get-Name done | Should -Be a.txt
        { $file.Fail('too late') } | Should -Throw -ErrorId FolderMessageSettledException
    }

    It 'says what is wrong' {
        { Receive-ProcessMessage -Path /no/such/folder } | Should -Throw -ErrorId 'FolderAccessFailed,ProcessTools.Commands.ReceiveProcessMessageCommand'
        Receive-ProcessMessage -Path $inbox -Count 1 -TimeoutSeconds 0 -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -Be 'MessageTimeout,ProcessTools.Commands.ReceiveProcessMessageCommand'
        Receive-ProcessMessage -Path $inbox -TimeoutSeconds 0 -ErrorAction Stop | Should -BeNullOrEmpty
    }
}
