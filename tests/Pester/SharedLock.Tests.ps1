BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $s = Get-SharedState

    # A session of its own in this process, so that it can be stopped while it waits.
    function Start-Shell([scriptblock] $Script, $Argument) {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$root/ProcessTools.psd1'").AddStatement().AddScript($Script).AddArgument($Argument)
        @{ Shell = $shell; Call = $shell.BeginInvoke() }
    }
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'Use-SharedLock' {
    BeforeEach {
        $lock = $s.Lock()
    }

    It 'holds the lock while the script block runs, and releases it' {
        Use-SharedLock $lock { $lock.IsLocked; $lock.HolderProcessId } | Should -Be $true, $PID
        $lock.IsLocked | Should -BeFalse
        $lock.HolderProcessId | Should -BeNullOrEmpty
    }

    It 'runs it in the scope of the caller' {
        $count = 1
        Use-SharedLock $lock { $count += 1; $new = 'made inside' }
        $count | Should -Be 2
        $new | Should -Be 'made inside'
    }

    It 'runs it in the scope of the calling function, and leaves its arguments and $_ alone' {
        function Test-Caller {
            $local = 0
            Use-SharedLock $lock { param($n) $local = $n + $args[0] } -ArgumentList 40, 2
            Use-SharedLock $lock { $local++ }
            "$local $($args -join ',')"
        }
        Test-Caller a b | Should -Be '43 a,b'
        Get-Variable local -ErrorAction Ignore | Should -BeNullOrEmpty
        1, 2 | ForEach-Object { Use-SharedLock $lock { "in $_" }; "out $_" } | Should -Be 'in 1', 'out 1', 'in 2', 'out 2'
    }

    It 'runs it in the caller''s scope in a module' {
        $module = New-Module { param($lock) function Get-Inner { $value = 'before'; Use-SharedLock $lock { $value = 'after' }; $value } } -ArgumentList $lock
        & $module { Get-Inner } | Should -Be after
        Get-Inner | Should -Be after
        Remove-Module $module
    }

    It 'passes arguments' {
        Use-SharedLock $lock { param($a, $b) "$a-$b" } -ArgumentList 'x', 'y' | Should -Be x-y
        Use-SharedLock $lock { $args.Count } -ArgumentList 1, $null, 3 | Should -Be 3
        Use-SharedLock $lock { param($list) $list.Count } -ArgumentList (, @(1, 2, 3)) | Should -Be 3
        Use-SharedLock $lock { param($text) $text } -ArgumentList '-Name' | Should -Be '-Name'
        Use-SharedLock $lock { $args.Count } | Should -Be 0
    }

    It 'writes what the script block writes, as it comes' {
        $seen = [Collections.Generic.List[string]]::new()
        Use-SharedLock $lock { foreach ($n in 1..3) { $seen.Add("made $n"); $n } } | ForEach-Object { $seen.Add("got $_") }
        $seen | Should -Be 'made 1', 'got 1', 'made 2', 'got 2', 'made 3', 'got 3'
        $result = Use-SharedLock $lock { , @(1, 2) }
        $result | Should -Be 1, 2
        Use-SharedLock $lock { } | Should -BeNullOrEmpty
    }

    It 'releases after <What>' -ForEach @(
        @{ What = 'an error'; Script = { try { Use-SharedLock $lock { throw 'no' } } catch { "caught $_" } }; Output = 'caught no' }
        @{ What = 'an error of a command'; Script = { try { Use-SharedLock $lock { Get-Item /no/such -ErrorAction Stop } } catch [System.Management.Automation.ItemNotFoundException] { 'caught' } }; Output = 'caught' }
        @{ What = 'an exception of a method'; Script = { try { Use-SharedLock $lock { [int]::Parse('x') } } catch [FormatException] { 'caught' } }; Output = 'caught' }
        @{ What = 'break'; Script = { foreach ($n in 1..3) { Use-SharedLock $lock { if ($n -eq 2) { break } }; $n } }; Output = 1 }
        @{ What = 'continue'; Script = { foreach ($n in 1..3) { Use-SharedLock $lock { if ($n -eq 2) { continue } }; $n } }; Output = 1, 3 }
        @{ What = 'return'; Script = { Use-SharedLock $lock { 'a'; return; 'b' }; 'c' }; Output = 'a', 'c' }
        @{ What = 'Select-Object -First'; Script = { Use-SharedLock $lock { 1..1000 } | Select-Object -First 2 }; Output = 1, 2 }
        @{ What = 'an error downstream'; Script = { try { Use-SharedLock $lock { 1..3 } | ForEach-Object { throw "down $_" } } catch { "caught $_" } }; Output = 'caught down 1' }
    ) {
        & $Script | Should -Be $Output
        $lock.IsLocked | Should -BeFalse
        $lock.Acquire(0) | Should -BeTrue
        $lock.Release()
    }

    It 'goes on after an error that does not end the script block' {
        Use-SharedLock $lock { Write-Error 'not the end' -ErrorAction SilentlyContinue; 'goes on' } -ErrorVariable errors | Should -Be 'goes on'
        $lock.IsLocked | Should -BeFalse
        "$errors" | Should -Match 'not the end'
    }

    It 'waits no longer than -TimeoutSeconds <Timeout>' -ForEach @(
        @{ Timeout = 0.3; Least = 0.3 }
        @{ Timeout = [timespan]::FromSeconds(0.3); Least = 0.3 }
        @{ Timeout = 0; Least = 0 }
    ) {
        $null = $lock.Acquire()
        $clock = [Diagnostics.Stopwatch]::StartNew()
        { Use-SharedLock $lock { 'never' } -TimeoutSeconds $Timeout } | Should -Throw -ErrorId 'LockTimeout,ProcessTools.Commands.UseSharedLockCommand' -ExpectedMessage "*process $PID holds it*"
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual $Least
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 3
        $(try { Use-SharedLock $lock { 'never' } -TimeoutSeconds 0 } catch [ProcessTools.LockTimeoutException] { $_.CategoryInfo.Category }) | Should -Be OperationTimeout
        $lock.IsLocked | Should -BeTrue
        $lock.Release()
        Use-SharedLock $lock { 'now' } -TimeoutSeconds $Timeout | Should -Be now
    }

    It 'excludes other processes' {
        $v = $s.Value($null, 0)
        $workers = foreach ($n in 1..3) {
            Start-WorkerProcess { $lock, $v = $using:lock, $using:v; foreach ($m in 1..200) { Use-SharedLock $lock { $v.Value = $v.Value + 1 } } }
        }
        $workers | Receive-Job -Wait
        $v.Value | Should -Be 600
    }

    It 'excludes the runspaces of this process' {
        $d = $s.Dictionary()
        $d['n'] = 0
        1..4 | ForEach-Object -Parallel { Import-Module "$using:root/ProcessTools.psd1"; $d = $using:d; foreach ($m in 1..50) { Use-SharedLock $using:lock { $d['n'] += 1 } } } -ThrottleLimit 4
        $d['n'] | Should -Be 200
    }

    It 'takes <Kind>' -ForEach @(
        @{ Kind = 'an RLock'; Make = { $s.RLock() }; Inside = { Use-SharedLock $it { $it.Depth } }; Output = 2 }
        @{ Kind = 'a semaphore'; Make = { $s.Semaphore($null, 2) }; Inside = { $it.Value }; Output = 1 }
        @{ Kind = 'a bounded semaphore'; Make = { $s.BoundedSemaphore($null, 3) }; Inside = { $it.Value }; Output = 2 }
        @{ Kind = 'a condition'; Make = { $s.Condition() }; Inside = { $it.Lock.IsHeld; $it.Notify() }; Output = $true }
        @{ Kind = 'the lock of a value'; Make = { $s.Value($null, 1).Lock }; Inside = { $it.IsHeld }; Output = $true }
        @{ Kind = 'the lock of an array'; Make = { $s.Array($null, [int], 3).Lock }; Inside = { $it.IsHeld }; Output = $true }
    ) {
        $it = & $Make
        Use-SharedLock $it $Inside | Should -Be $Output
        Use-SharedLock $it { 'again' } -TimeoutSeconds 0 | Should -Be again
    }

    It 'refuses what is no lock' {
        { Use-SharedLock -Lock $s.Event('no-lock') -ScriptBlock { } } | Should -Throw -ErrorId 'CannotConvertArgumentNoMessage*'
        { Use-SharedLock -Lock $null -ScriptBlock { } } | Should -Throw
    }

    It 'warns when it has the lock from a process that died' {
        $victim = Start-WorkerProcess { $null = ($using:lock).Acquire(); 'has it'; Start-Sleep 600 }
        Wait-Until { $victim.Output.Count } 'it has the lock' 60
        Stop-Process -Id $victim.ProcessId -Force
        Use-SharedLock $lock { $lock.WasAbandoned } -TimeoutSeconds 60 -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeTrue
        "$warnings" | Should -Match 'died without releasing it'
        Use-SharedLock $lock { $lock.WasAbandoned } -WarningVariable warnings | Should -BeFalse
        $warnings | Should -BeNullOrEmpty
    }

    It 'gives up its wait at once when it is stopped' {
        $null = $lock.Acquire()
        $other = Start-Shell { param($lock) Use-SharedLock $lock { 'never' } } $lock
        Wait-Until { $other.Shell.InvocationStateInfo.State -eq 'Running' } 'it runs'
        $other.Call.AsyncWaitHandle.WaitOne(300) | Should -BeFalse
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $other.Shell.Stop()
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 1
        $lock.Release()
        $lock.Acquire(0) | Should -BeTrue
        $lock.Release()
    }

    It 'releases when the script block is stopped' {
        $other = Start-Shell { param($lock) Use-SharedLock $lock { while ($true) { Start-Sleep -Milliseconds 10 } } } $lock
        Wait-Until { $lock.IsLocked } 'it has the lock' 60
        $other.Shell.Stop()
        $lock.Acquire(5) | Should -BeTrue
        $lock.Release()
    }

    It 'says that the script block has released the lock itself, unless that failed' {
        { Use-SharedLock $lock { $lock.Release() } } | Should -Throw -ErrorId 'LockNotHeld,ProcessTools.Commands.UseSharedLockCommand'
        { Use-SharedLock $lock { $lock.Release(); throw 'first' } } | Should -Throw first
    }
}
