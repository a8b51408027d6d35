BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $env:PROCESSTOOLS_STANDBY = $null

    function Test-Running([int] $Id) {
        # A process that has ended and that nobody has reaped yet is listed still.
        $status = try { [IO.File]::ReadAllText("/proc/$Id/stat") } catch { return $false }
        $status.Substring($status.LastIndexOf(')') + 2, 1) -notin 'Z', 'X'
    }

    function Complete([string] $Text) {
        [Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
    }
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'Start-WorkerProcess with a script block' {
    It 'is program 1 of the tutorial' {
        $p = Start-WorkerProcess { param($name) Start-Sleep 0.2; "process start: $name" } -ArgumentList test1 -Name test1
        $p.Name | Should -Be test1
        $p.IsAlive | Should -BeTrue
        Receive-Job $p -Wait | Should -Be 'process start: test1'
        $p.State | Should -Be Completed
        $p.ExitCode | Should -Be 0
        $p.ProcessId | Should -Not -Be $PID
    }

    It 'takes piped input and $using:' {
        $factor = 3
        $result = 1..100 | Start-WorkerProcess { $input | ForEach-Object { $_ * $using:factor } } | Receive-Job -Wait
        $result | Should -Be (1..100 | ForEach-Object { $_ * 3 })
    }

    It 'forwards all streams, each as itself' {
        $p = Start-WorkerProcess {
            $VerbosePreference = $DebugPreference = 'Continue'
            Write-Output out
            Write-Error err
            Write-Warning warn
            Write-Verbose verb
            Write-Debug deb
            Write-Host host -ForegroundColor Green
            Write-Progress act -Status stat
        } | Wait-Job
        $all = Receive-Job $p -Keep -ErrorVariable errors -WarningVariable warnings -InformationVariable informations -ErrorAction SilentlyContinue -WarningAction SilentlyContinue 6> $null
        $all | Should -Be out
        "$errors" | Should -Be err
        "$warnings" | Should -Be warn
        $informations[0].MessageData.Message | Should -Be host
        $informations[0].MessageData.ForegroundColor | Should -Be Green
        $p.Verbose[0].Message | Should -Be verb
        $p.Debug[0].Message | Should -Be deb
        $p.Progress[0].Activity | Should -Be act
    }

    It 'gives back typed exceptions' {
        $caught = try { Start-WorkerProcess { [IO.File]::ReadAllText('/no/such/file.txt') } | Receive-Job -Wait -ErrorAction Stop }
        catch [System.IO.DirectoryNotFoundException] { 'typed' }
        $caught | Should -Be typed
        $caught = try { Start-WorkerProcess { Get-Item /no/such/item -ErrorAction Stop } | Receive-Job -Wait -ErrorAction Stop }
        catch [System.Management.Automation.ItemNotFoundException] { 'typed' }
        $caught | Should -Be typed
    }

    It 'keeps the id and the category of an error' {
        Start-WorkerProcess { Get-Item /no/such/item } | Receive-Job -Wait -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand*'
        $errors[0].CategoryInfo.Category | Should -Be ObjectNotFound
        $errors[0].TargetObject | Should -Be /no/such/item
    }

    It 'tells exit codes: <Script> is <Code>' -ForEach @(
        @{ Script = 'exit 3'; Code = 3; State = 'Completed' }
        @{ Script = 'throw 1'; Code = 1; State = 'Failed' }
        @{ Script = '[Environment]::Exit(4)'; Code = 4; State = 'Completed' }
        @{ Script = 'kill -9 $PID'; Code = -9; State = 'Failed' }
        @{ Script = 'Stop-Process -Id $PID -Force'; Code = -9; State = 'Failed' }
    ) {
        $p = Start-WorkerProcess ([scriptblock]::Create($Script)) | Wait-Job
        $p.ExitCode | Should -Be $Code
        $p.State | Should -Be $State
    }

    It 'carries functions, classes and modules of the caller' {
        function Get-Twice($n) { $n * 2 }
        class PesterPoint { [int] $X; PesterPoint([int] $x) { $this.X = $x } }
        Start-WorkerProcess { "$(Get-Twice 4) $([PesterPoint]::new(7).X)" } | Receive-Job -Wait | Should -Be '8 7'
    }

    It 'starts in the caller''s location' {
        Push-Location TestDrive:/
        try { $real = $PWD.ProviderPath.TrimEnd('/'); Start-WorkerProcess { $PWD.ProviderPath.TrimEnd('/') } | Receive-Job -Wait | Should -Be $real }
        finally { Pop-Location }
    }

    It 'lets native programs work as in pwsh' {
        Start-WorkerProcess { 'b', 'a' | sort; (sh -c 'echo x; echo y').Count; sh -c 'exit 5'; $LASTEXITCODE } | Receive-Job -Wait | Should -Be 'a', 'b', 2, 5
    }

    It 'refuses Read-Host with a clear error' {
        Start-WorkerProcess { Read-Host name } | Receive-Job -Wait -ErrorVariable errors -ErrorAction SilentlyContinue
        "$errors" | Should -BeLike '*keyboard*'
    }

    It 'refuses bad input before a process starts: <Id>' -ForEach @(
        @{ Id = 'UsingVariableNotFound'; Script = { Start-WorkerProcess { $using:noSuchVariable } } }
        @{ Id = 'WorkingDirectoryNotFound'; Script = { Start-WorkerProcess { } -WorkingDirectory /no/such/folder } }
        @{ Id = 'NotSerializable'; Script = { Start-WorkerProcess { } -ArgumentList ([Action] { }) } }
        @{ Id = 'ProgramNotFound'; Script = { Start-WorkerProcess -FilePath no-such-program } }
    ) {
        $before = @(Get-Job).Count
        $Script | Should -Throw -ErrorId "$Id,ProcessTools.Commands.StartWorkerProcessCommand"
        @(Get-Job).Count | Should -Be $before
    }

    It 'starts nothing with -WhatIf' {
        Start-WorkerProcess { } -WhatIf | Should -BeNullOrEmpty
    }

    It 'stops at its time limit' {
        $p = Start-WorkerProcess { Start-Sleep 600 } -TimeoutSeconds 1 | Wait-Job
        $p.State | Should -Be Failed
        $p.Failure.FullyQualifiedErrorId | Should -Be WorkerTimeout
    }

    It 'reports a killed worker within half a second, and leaves nothing' {
        $p = Start-WorkerProcess { 'up'; Start-Sleep 600 }
        Wait-Until { $p.Output.Count -eq 1 } 'it runs'
        $clock = [Diagnostics.Stopwatch]::StartNew()
        kill -9 $p.ProcessId
        $null = Wait-Job $p
        $clock.ElapsedMilliseconds | Should -BeLessThan 600
        $p.Failure.FullyQualifiedErrorId | Should -Be WorkerCrashed
        Wait-Until { -not (Test-Path "/proc/$($p.ProcessId)") } 'the process is gone'
    }

    It 'takes ten workers along when the session is killed' {
        $script = "Import-Module '$root/ProcessTools.psd1'; `$w = foreach (`$i in 1..10) { Start-WorkerProcess { while (`$true) { } } }; 'ids ' + (`$w.ProcessId -join ' '); Start-Sleep 600"
        $start = [Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath, [string[]]('-NoProfile', '-Command', $script))
        $start.RedirectStandardOutput = $true
        $session = [Diagnostics.Process]::Start($start)
        $ids = $session.StandardOutput.ReadLine().Split(' ') | Select-Object -Skip 1
        $ids.Count | Should -Be 10
        kill -9 $session.Id
        Wait-Until { -not ($ids | Where-Object { Test-Running $_ }) } 'all are gone' 2
    }
}

Describe 'Start-WorkerProcess with a program' {
    It 'is program 2 of the tutorial' {
        Start-WorkerProcess -Command 'echo one; echo two >&2; echo three' -MergeError | Receive-Job -Wait | Should -Be one, two, three
    }

    It 'gives lines, errors, exit code' {
        $p = Start-WorkerProcess -FilePath sh -ArgumentList '-c', 'echo fine; echo bad >&2; exit 3' | Wait-Job
        Receive-Job $p -ErrorVariable errors -ErrorAction SilentlyContinue | Should -Be fine
        "$errors" | Should -Be bad
        $p.ExitCode | Should -Be 3
    }

    It 'feeds standard input' {
        'c', 'a', 'b' | Start-WorkerProcess -FilePath sort | Receive-Job -Wait | Should -Be a, b, c
    }
}

Describe 'Workers as jobs' {
    It 'are found, waited for, received, stopped and removed' {
        $p = Start-WorkerProcess { 1; Start-Sleep 600 } -Name jobtest
        Get-Job jobtest | Should -Be $p
        Wait-Job $p -Timeout 0.2 | Should -BeNullOrEmpty
        Wait-Until { $p.Output.Count -eq 1 } 'it runs'
        Receive-Job $p -Keep | Should -Be 1
        Stop-Job $p
        $p.State | Should -Be Stopped
        Remove-Job $p
        Get-Job jobtest -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'are removed by -AutoRemoveJob' {
        Start-WorkerProcess { 5 } -Name autoremove | Receive-Job -Wait -AutoRemoveJob | Should -Be 5
        Get-Job autoremove -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'show well in a table' {
        $text = Start-WorkerProcess { } -Name shown | Wait-Job | Out-String
        $text | Should -Match 'shown\s+Completed'
    }
}

Describe 'Completion' {
    It 'offers <Expected> after "<Text>"' -ForEach @(
        @{ Text = 'Start-WorkerProcess -FilePath cat -Encoding utf'; Expected = 'utf8' }
        @{ Text = 'Start-WorkerProcess { } -Priority Below'; Expected = 'BelowNormal' }
        @{ Text = 'Start-WorkerProcess { } -Module ProcessT'; Expected = 'ProcessTools' }
        @{ Text = 'Start-WorkerProcess { } -Variable PSVersionT'; Expected = 'PSVersionTable' }
        @{ Text = 'Start-WorkerProcess { } -Function TabExp'; Expected = 'TabExpansion2' }
    ) {
        Complete $Text | Should -Contain $Expected
    }
}
