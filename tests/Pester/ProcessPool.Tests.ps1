BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)

    function Complete([string] $Text) {
        [Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
    }

    $pool = New-ProcessPool -Size 2
}

AfterAll {
    Get-ProcessPool | Remove-ProcessPool -Force
}

Describe 'New-ProcessPool, Get-ProcessPool and Remove-ProcessPool' {
    It 'makes a pool that is listed until it is removed' {
        $own = New-ProcessPool -Size 1 -Name mine
        $own | Should -BeOfType ProcessTools.ProcessPool
        $own.Size | Should -Be 1
        $own.State | Should -Be Open
        (Get-ProcessPool mine).Id | Should -Be $own.Id
        (Get-ProcessPool -Id $own.Id).Name | Should -Be mine
        (Get-ProcessPool 'mi*').Count | Should -Be 1
        { New-ProcessPool -Name mine -ErrorAction Stop } | Should -Throw -ErrorId 'PoolNameTaken*'
        Remove-ProcessPool -Name mine
        $own.State | Should -Be Terminated
        Get-ProcessPool 'mi*' | Should -BeNullOrEmpty
    }

    It 'says that there is no such pool' {
        { Get-ProcessPool nosuch -ErrorAction Stop } | Should -Throw -ErrorId 'PoolNotFound*'
        { Remove-ProcessPool -Name nosuch -ErrorAction Stop } | Should -Throw -ErrorId 'PoolNotFound*'
        { Get-ProcessPool nosuch* -ErrorAction Stop } | Should -Not -Throw
    }

    It 'starts nothing and removes nothing with -WhatIf' {
        $before = @(Get-ProcessPool).Count
        New-ProcessPool -WhatIf | Should -BeNullOrEmpty
        @(Get-ProcessPool).Count | Should -Be $before
        $pool | Remove-ProcessPool -WhatIf
        $pool.State | Should -Be Open
    }

    It 'does not remove a pool that has work, unless it is forced to' {
        $own = New-ProcessPool -Size 1
        $future = $own.Submit({ Start-Sleep 100 })
        { Remove-ProcessPool $own -ErrorAction Stop } | Should -Throw -ErrorId 'PoolBusy*'
        $own | Remove-ProcessPool -Force
        $future.State | Should -Be Cancelled
    }

    It 'completes the names of pools' {
        $own = New-ProcessPool -Size 1 -Name completed
        Complete 'Get-ProcessPool comp' | Should -Contain completed
        Complete 'Remove-ProcessPool -Name comp' | Should -Contain completed
        $own.Terminate()
    }

    It 'runs the initialization script once in each worker, with its arguments' {
        $own = New-ProcessPool -Size 1 -InitializationScript { param($a, $b) $global:sum = $a + $b + $using:offset } -InitializationArgumentList 1, 2 -Variable offset -ErrorAction Stop -OutVariable made
        $own.Apply({ $global:sum }) | Should -Be 103
        $own.Terminate()
    }

    BeforeAll { $offset = 100 }
}

Describe 'The methods of a pool' {
    It 'is program 10 of the tutorial: apply_async with callbacks' {
        $own = New-ProcessPool -Size 2
        $said = [Collections.Generic.List[string]]::new()
        foreach ($i in 0..4) {
            $null = $own.ApplyAsync({ param($s) if ($s -eq '3') { throw "no $s" }; "done $s" }, @("$($i + 1)"), { $said.Add("callback $_") }, { $said.Add("error $_") })
        }
        $own.Close()
        $own.Join()
        $said | Sort-Object | Should -Be 'callback done 1', 'callback done 2', 'callback done 4', 'callback done 5', 'error no 3'
        { $own.Apply({ 1 }) } | Should -Throw -ExceptionType ([ProcessTools.PoolClosedException])
    }

    It 'is program 11 of the tutorial: apply' {
        $results = foreach ($i in 1..5) { $pool.Apply({ param($s) "start $s" }, @("$i")) }
        $results | Should -Be 'start 1', 'start 2', 'start 3', 'start 4', 'start 5'
    }

    It 'is program 12 of the tutorial: map and map_async' {
        $pool.Map({ $_ * $_ }, 1..4) | Should -Be 1, 4, 9, 16
        $got = [Collections.Generic.List[object]]::new()
        $future = $pool.MapAsync({ $_ * $_ }, 1..4, { $got.Add($_) })
        $future.Result | Should -Be 1, 4, 9, 16
        Wait-Until { $got.Count -eq 1 }
        $got[0] | Should -Be 1, 4, 9, 16
        1..4 | Invoke-ProcessPool { $_ * $_ } -Pool $pool | Should -Be 1, 4, 9, 16
    }

    It 'is program 13 of the tutorial: submit and result' {
        $futures = foreach ($i in 0..4) { $pool.Submit({ param($n, $m) "$n-$m" }, "$($i + 1)", "$i") }
        $futures.Result | Should -Be '1-0', '2-1', '3-2', '4-3', '5-4'
        $pool.SubmitNamed({ param($n, $m) "$n-$m" }, @{ m = 1; n = 2 }).Result | Should -Be '2-1'
    }

    It 'is program 14 of the tutorial: tuples' {
        $pairs = foreach ($i in 0..2) { foreach ($j in 0..2) { , @($i, $j) } }
        $pool.StarMap({ param($i, $j) "$i$j" }, $pairs) | Should -Be ($pairs | ForEach-Object { "$($_[0])$($_[1])" })
        $pairs | Invoke-ProcessPool { param($i, $j) "$i$j" } -Splat -Pool $pool | Should -Be ($pairs | ForEach-Object { "$($_[0])$($_[1])" })
    }

    It 'reads lazily with IMap' {
        $seen = foreach ($x in $pool.IMap({ $_ + 1 }, 1..1000000)) { $x; if ($x -ge 5) { break } }
        $seen | Should -Be 2, 3, 4, 5
        (@($pool.IMapUnordered({ $_ }, 1..100)) | Sort-Object) | Should -Be (1..100)
    }

    It 'throws the task''s own error' {
        $caught = try { $pool.Apply({ [IO.File]::ReadAllText('/no/such/file') }) } catch [IO.DirectoryNotFoundException] { $_ }
        $caught.FullyQualifiedErrorId | Should -Be DirectoryNotFoundException
        $caught = try { $pool.Apply({ Get-Item /no/such/item -ErrorAction Stop }) } catch [Management.Automation.ItemNotFoundException] { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
    }

    It 'counts what it does' {
        $own = New-ProcessPool -Size 2
        $null = $own.Map({ $_ }, 1..10)
        $statistics = $own.Statistics
        $statistics.Completed | Should -Be 10
        $statistics.Workers | Should -BeGreaterThan 0
        $own.Workers[0].ProcessId | Should -BeGreaterThan 0
        $own.Resize(1)
        Wait-Until { $own.Workers.Count -eq 1 }
        $own.Terminate()
    }
}

Describe 'Futures' {
    It 'cancels a task that runs, and the worker goes on' {
        $future = $pool.Submit({ Start-Sleep 100 })
        Wait-Until { $future.State -eq 'Running' }
        $future.Cancel() | Should -BeTrue
        $future.Wait(30) | Should -BeTrue
        $future.State | Should -Be Cancelled
        $future.Error.FullyQualifiedErrorId | Should -Be TaskCancelled
        $pool.Apply({ 1 }) | Should -Be 1
    }

    It 'waits for any, for all, and as they come' {
        $slow = $pool.Submit({ Start-Sleep 100 })
        $quick = $pool.Submit({ 'quick' })
        (Wait-ProcessFuture $slow, $quick -Any -TimeoutSeconds 30).Id | Should -Be $quick.Id
        Wait-ProcessFuture $slow -TimeoutSeconds 0.1 -ErrorAction SilentlyContinue -ErrorVariable late | Should -BeNullOrEmpty
        $late[0].FullyQualifiedErrorId | Should -BeLike 'FutureTimeout,*'
        $null = $slow.Cancel()
        $futures = 1..5 | ForEach-Object { $pool.Submit({ $_ }, $_) }
        ($futures | Wait-ProcessFuture).Result | Should -Be 1, 2, 3, 4, 5
        ($futures | Wait-ProcessFuture -AsCompleted).Count | Should -Be 5
        $failing = $pool.Submit({ throw 'x' })
        (Wait-ProcessFuture $failing -FirstFailure).State | Should -Be Failed
    }

    It 'continues with a script block of this session' {
        $mine = $PID
        $next = $pool.Submit({ $PID }).ContinueWith({ "$($_.Result -ne $mine) $PID" })
        $next.Wait(30) | Should -BeTrue
        $next.Result | Should -Be "True $PID"
    }
}
