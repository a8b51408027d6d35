BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $pool = New-ProcessPool -Size 2
    $folder = Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid())
    $null = New-Item -ItemType Directory $folder
}

AfterAll {
    Get-Job | Remove-Job -Force
    Get-ProcessPool | Remove-ProcessPool -Force
    Remove-Item -Recurse -Force $folder
}

Describe 'Invoke-ProcessPool' {
    It 'gives results in the order of the input' {
        1..200 | Invoke-ProcessPool { if ($_ -eq 1) { Start-Sleep -Milliseconds 200 }; $_ * 2 } | Should -Be (1..200 | ForEach-Object { $_ * 2 })
        (1..50 | Invoke-ProcessPool { $_ } -Unordered | Sort-Object) | Should -Be (1..50)
    }

    It 'streams through several of its kind, to a file' {
        $csv = Join-Path $folder out.csv
        1..20 | Invoke-ProcessPool { [pscustomobject]@{ N = $_ } } | Invoke-ProcessPool { $_ | Add-Member Square ($_.N * $_.N) -PassThru } | Export-Csv $csv
        (Import-Csv $csv).Square | Should -Be (1..20 | ForEach-Object { "$($_ * $_)" })
    }

    It 'stops at once when downstream has enough, and leaves no work behind' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        1..1000 | Invoke-ProcessPool { if ($_ -gt 3) { Start-Sleep 100 }; $_ } -Pool $pool | Select-Object -First 3 | Should -Be 1, 2, 3
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 50
        Wait-Until { $pool.Statistics.Busy -eq 0 -and $pool.Statistics.Queued -eq 0 }
        1..3 | Invoke-ProcessPool { $_ } -Pool $pool | Should -Be 1, 2, 3
    }

    It 'stops with its pipeline' {
        $shell = [powershell]::Create([Management.Automation.RunspaceMode]::NewRunspace)
        $null = $shell.AddScript('param($m) Import-Module $m; "up"; 1..10 | Invoke-ProcessPool { Start-Sleep 100 }; "over"').AddArgument((Get-Module ProcessTools).Path)
        $output = [Management.Automation.PSDataCollection[object]]::new()
        $running = $shell.BeginInvoke([Management.Automation.PSDataCollection[object]]::new(), $output)
        Wait-Until { $output.Count -eq 1 }
        $shell.Stop()
        $running.IsCompleted | Should -BeTrue
        $output | Should -Be up
        $shell.Dispose()
        1 | Invoke-ProcessPool { 'next' } | Should -Be next
    }

    It 'gives errors that say which item they are of' {
        $output = 1..4 | Invoke-ProcessPool { if ($_ -eq 2) { Get-Item /no/such/item -ErrorAction Stop }; $_ } -ErrorAction SilentlyContinue -ErrorVariable failed -OutVariable kept
        $output | Should -Be 1, 3, 4
        $kept | Should -Be 1, 3, 4
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        $failed[0].Item | Should -Be 2
        $failed[0].ItemIndex | Should -Be 1
        { 1..4 | Invoke-ProcessPool { if ($_ -eq 2) { throw 'stop' } } -ErrorAction Stop } | Should -Throw stop
    }

    It 'forwards streams with the item that wrote them' {
        $all = 1..2 | Invoke-ProcessPool { Write-Warning "w$_"; Write-Host "h$_"; Write-Verbose "v$_"; $_ } -Verbose *>&1
        "$all" | Should -Be 'w1 h1 v1 1 w2 h2 v2 2'
        $null = 1 | Invoke-ProcessPool { Write-Warning w } -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -Be w
    }

    It 'takes along functions, classes and $using: values' {
        function Add-Offset($x) { $x + $offset }
        $offset = 10
        class PooledPoint { [int] $X; PooledPoint([int] $x) { $this.X = $x } [int] Twice() { return 2 * $this.X } }
        1..2 | Invoke-ProcessPool { [PooledPoint]::new((Add-Offset $_)).Twice() + $using:offset } -Variable offset | Should -Be 32, 34
    }

    It 'ends items that take too long, and crashed ones, alone' {
        $output = 1..6 | Invoke-ProcessPool {
            if ($_ -eq 2) { Start-Sleep 100 }
            if ($_ -eq 4) { Stop-Process -Id $PID -Force; Start-Sleep 100 }
            $_
        } -TimeoutSeconds 3 -ErrorAction SilentlyContinue -ErrorVariable failed
        $output | Should -Be 1, 3, 5, 6
        ($failed | ForEach-Object { $_.FullyQualifiedErrorId.Split(',')[0] } | Sort-Object) | Should -Be TaskTimeout, WorkerCrashed
    }

    It 'tries again' {
        $marks = Join-Path $folder marks
        $null = New-Item -ItemType Directory $marks
        $records = 1..3 | Invoke-ProcessPool { $mark = Join-Path $using:marks $_; if (-not (Test-Path $mark)) { $null = New-Item $mark; throw 'first' }; $_ } -RetryCount 2 -RetryDelaySeconds 0.01 -AsRecord
        $records.Status | Should -Be Completed, Completed, Completed
        $records.Attempts | Should -Be 2, 2, 2
        $records.Output | Should -Be 1, 2, 3
    }

    It 'writes a log, and resumes from it' {
        $log = Join-Path $folder job.log
        1..3 | Invoke-ProcessPool { if ($_ -eq 2) { throw 'x' } } -JobLog $log -ErrorAction SilentlyContinue
        $lines = Get-Content $log
        $lines[0] | Should -Be "Seq`tWorker`tStartTime`tSeconds`tExit`tInput"
        ($lines | Select-Object -Skip 1 | ForEach-Object { $cells = $_.Split("`t"); "$($cells[0]) $($cells[4]) $($cells[5])" } | Sort-Object) | Should -Be '1 0 1', '2 1 2', '3 0 3'
        1..5 | Invoke-ProcessPool { "did $_" } -JobLog $log -Resume | Should -Be 'did 4', 'did 5'
        { 9, 9 | Invoke-ProcessPool { $_ } -JobLog $log -Resume -ErrorAction Stop } | Should -Throw -ErrorId 'JobLogMismatch*'
        { 1 | Invoke-ProcessPool { $_ } -Resume -ErrorAction Stop } | Should -Throw -ErrorId 'ResumeWithoutJobLog*'
    }

    It 'halts at so many failures' {
        { 1..1000 | Invoke-ProcessPool { throw "bad $_" } -Halt 3 -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'PoolHalted*'
        { 1 | Invoke-ProcessPool { $_ } -Halt often -ErrorAction Stop } | Should -Throw -ErrorId 'HaltInvalid*'
    }

    It 'calls back in this session' {
        $done = [Collections.Generic.List[object]]::new()
        $bad = [Collections.Generic.List[object]]::new()
        1..4 | Invoke-ProcessPool { if ($_ -eq 3) { throw 'three' }; $_ * 10 } -Callback { param($value, $item) $done.Add("$item=$value") } -ErrorCallback { param($e, $item) $bad.Add("$item $e") } -ErrorAction SilentlyContinue | Should -Be 10, 20, 40
        $done | Should -Be '1=10', '2=20', '4=40'
        $bad | Should -Be '3 three'
    }

    It 'is a job with -AsJob' {
        $job = 1..5 | Invoke-ProcessPool { $_ * 2 } -AsJob -Name pooled
        $job | Should -BeOfType ProcessTools.PoolJob
        (Get-Job pooled | Wait-Job | Receive-Job) | Should -Be 2, 4, 6, 8, 10
        $job.State | Should -Be Completed
        $endless = 1..5 | Invoke-ProcessPool { Start-Sleep 100 } -AsJob
        $endless | Stop-Job
        $endless.State | Should -Be Stopped
        (Get-Item $folder | Invoke-ProcessPool { $_.Name } -AsJob | Wait-Job | Receive-Job) | Should -Be (Split-Path -Leaf $folder)
    }

    It 'may be nested' {
        (1..2 | Invoke-ProcessPool { $outer = $_; (1..2 | Invoke-ProcessPool { "$using:outer$_" }) -join ' ' }) | Should -Be '11 12', '21 22'
    }

    It 'starts every item in this session''s place and environment' {
        Push-Location $folder
        $env:POOL_TEST = 'seen'
        (1..2 | Invoke-ProcessPool { "$PWD $env:POOL_TEST"; Set-Location / }) | Should -Be "$folder seen", "$folder seen"
        Pop-Location
        Remove-Item env:POOL_TEST
    }
}
