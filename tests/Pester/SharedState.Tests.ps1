BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $module = Join-Path $root ProcessTools.psd1
    # What other tests left in this session's state.
    Get-SharedState | Remove-SharedState

    function Complete([string] $Text) {
        [Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
    }

    # Another pwsh, which no session of this one has started; what it writes.
    function Invoke-Pwsh([string] $Script) {
        $env:PROCESSTOOLS_TEST_NAME = $name
        & ([Environment]::ProcessPath) -NoProfile -NonInteractive -Command "Import-Module '$module'; `$name = `$env:PROCESSTOOLS_TEST_NAME; $Script"
    }

    $name = "pester-$PID"
}

AfterAll {
    Get-Job | Remove-Job -Force
    Remove-SharedState "pester-$PID*"
}

Describe 'Get-SharedState' {
    It 'is program 5 of the tutorial' {
        $s = Get-SharedState
        $d = $s.Dictionary('d')
        $l = $s.List('l')
        $lock = $s.Lock('lock')
        $d['count'] = 0
        $run = {
            param($d, $l, $lock)
            Use-SharedLock $lock { $d['count'] += 1; $l.Add($d['count']) }
            "$($d['count'])"
            "$l"
        }
        $ps = foreach ($i in 1..10) { Start-WorkerProcess $run -ArgumentList $d, $l, $lock }
        $output = $ps | Receive-Job -Wait
        $output | Should -HaveCount 20
        $d['count'] | Should -Be 10
        "$l" | Should -Be "$(1..10)"
        $output | Should -Contain '10'
        $output | Should -Contain "$(1..10)"
    }

    It 'is program 6 of the tutorial: all that a manager has, used in a worker' {
        $s = Get-SharedState
        $ns, $lock, $rlock = $s.Namespace('ns'), $s.Lock('lock6'), $s.RLock('rlock')
        $sem, $bounded = $s.Semaphore('sem', 4), $s.BoundedSemaphore('bounded', 4)
        $cond, $event, $barrier = $s.Condition('cond'), $s.Event('event'), $s.Barrier('barrier', 2)
        $queue, $value, $array = $s.Queue('queue'), $s.Value('value', 0), $s.Array('array', [double[]] (0.0, 1.5))
        $ns.verbose = $true
        $p = Start-WorkerProcess {
            $s = Get-SharedState
            if (($using:ns).verbose) { ($using:ns).answer = 42 }
            Use-SharedLock $using:lock { 'in lock' }
            Use-SharedLock $using:rlock { Use-SharedLock $using:rlock { 'twice' } }
            Use-SharedLock $using:sem { "$($s.Semaphore('sem').Value) left" }
            Use-SharedLock $using:bounded { "$($s.BoundedSemaphore('bounded').Value) left" }
            Use-SharedLock $using:cond { $s.List('filled').Add(1); $s.Condition('cond').NotifyAll() }
            $null = ($using:value).Increment(5)
            ($using:array)[0] = 2.5
            ($using:queue).Put('queued')
            ($using:event).Set()
            $null = ($using:barrier).Wait()
        }
        $event.Wait(60) | Should -BeTrue
        Use-SharedLock $cond { $cond.WaitFor({ $s.List('filled').Count -gt 0 }, 60) } | Should -BeTrue
        $queue.Get(60) | Should -Be queued
        $barrier.Wait(60) | Should -BeIn 0, 1
        $p | Receive-Job -Wait | Should -Be 'in lock', twice, '3 left', '3 left'
        $ns.answer | Should -Be 42
        $value.Value | Should -Be 5
        $array[0] | Should -Be 2.5
        $sem.Value | Should -Be 4
    }

    It 'is in a worker, and in a worker of that, the state of the session' {
        $s = Get-SharedState
        $s.Name | Should -BeNullOrEmpty
        $s.ProcessId | Should -Be $PID
        $s.IsOpen | Should -BeTrue
        $null = (Get-SharedState).Value('deep', 7)
        $ids = Start-WorkerProcess { (Get-SharedState).Id; Start-WorkerProcess { (Get-SharedState).Id; (Get-SharedState).Value('deep').Value } | Receive-Job -Wait } | Receive-Job -Wait
        $ids | Should -Be $s.Id, $s.Id, 7
        1, 2 | Invoke-ProcessPool { (Get-SharedState).Id } | Should -Be $s.Id, $s.Id
        Get-SharedState | Should -Be $s
    }

    It 'makes a named state that others get, and that outlives who made it' {
        $maker = Start-WorkerProcess { param($name) $s = Get-SharedState -Name $name; $s.Dictionary('config')['target'] = 'release'; $s.ProcessId; $s.Event('ready').Set(); $null = $s.Event('go').Wait() } -ArgumentList $name
        Wait-Until { $maker.Output.Count } 'it is made' 60
        $mine = Get-SharedState -Name $name.ToUpper() -Existing
        $mine.Event('ready').Wait(60) | Should -BeTrue
        $mine.Event('go').Set()
        $null = $maker | Wait-Job
        Wait-Until { -not (Get-Process -Id $maker.ProcessId -ErrorAction Ignore) } 'its maker has ended'
        $mine.IsOpen | Should -BeTrue
        $mine.ProcessId | Should -Be $maker.Output[0]
        $mine.ProcessId | Should -Not -Be $PID
        $mine.Dictionary('config').target | Should -Be release
        Remove-SharedState $name
    }

    It 'is shared by two pwsh that do not know each other' {
        $mine = Get-SharedState -Name $name
        $mine.Value('n', 20L).Value | Should -Be 20
        Invoke-Pwsh '$s = Get-SharedState $name -Existing; $s.Value(''n'').Increment(); $s.Dictionary(''from'')[''pid''] = $PID; $s.ProcessId' | Should -Be 21, $mine.ProcessId
        $mine.Value('n').Value | Should -Be 21
        $mine.Dictionary('from')['pid'] | Should -Not -Be $PID
        $mine.Dispose()
    }

    It 'ends a named state when nobody holds it any more' {
        $hosts = "$name-short"
        $id = Invoke-Pwsh '$s = Get-SharedState "$name-short"; $s.Dictionary(''d'')[''a''] = 1; $s.ProcessId'
        Wait-Until { -not (Get-Process -Id $id -ErrorAction Ignore) } 'the host has ended' 60
        (Get-SharedState $hosts).Dictionary('d').Count | Should -Be 0
        Remove-SharedState $hosts
    }

    It 'lists named states without holding them' {
        $a = Get-SharedState "$name-list-a"
        $b = Get-SharedState "$name-list-b"
        $null = $a.Value('v', 1), $a.List('l')
        # They are written down when the state has nothing else to do.
        Wait-Until { (Get-SharedState -ListAvailable "$name-list-a").Objects -eq 2 -and (Get-SharedState -ListAvailable "$name-list-a").Bytes } 'its size is known'
        $all = Get-SharedState -ListAvailable "$name-list-*" | Sort-Object Name
        $all | Should -BeOfType ProcessTools.SharedStateInfo
        $all.Name | Should -Be "$name-list-a", "$name-list-b"
        $all[0].ProcessId | Should -Be $a.ProcessId
        $all[0].Objects | Should -Be 2
        $all[0].Holders | Should -Be 1
        $all[0].Bytes | Should -BeGreaterThan 0
        $all[0].Started | Should -BeGreaterThan ([datetime]::Now.AddMinutes(-2))
        (Get-SharedState -ListAvailable).Name | Should -Contain "$name-list-b"
        Get-SharedState -ListAvailable "$name-none-*" | Should -BeNullOrEmpty
        Complete "Get-SharedState -Name $name-list" | Should -Be "$name-list-a", "$name-list-b"
        Complete "Remove-SharedState $name-list-b" | Should -Be "$name-list-b"
        Remove-SharedState "$name-list-*"
    }

    It 'makes none with -Existing' {
        { Get-SharedState "$name-none" -Existing } | Should -Throw -ErrorId 'SharedStateNotFound,ProcessTools.Commands.GetSharedStateCommand'
        $(try { Get-SharedState "$name-none" -Existing } catch [ProcessTools.SharedStateNotFoundException] { $_.Exception.ErrorId }) | Should -Be SharedStateNotFound
        Get-SharedState -ListAvailable "$name-none" | Should -BeNullOrEmpty
    }

    It 'tells when the host was killed, and starts anew' {
        $s = Get-SharedState "$name-killed"
        $d = $s.Dictionary('d')
        $v = $s.Value('v', 5)
        $d['a'] = 1
        Stop-Process -Id $s.ProcessId -Force
        Wait-Until { -not (Get-Process -Id $s.ProcessId -ErrorAction Ignore) } 'the host is gone'
        $(try { $d['a'] = 2; 'no error' } catch { $_.Exception.InnerException.ErrorId ?? $_.Exception.ErrorId }) | Should -Be SharedStateLost
        $(try { $d.Increment('a') } catch [ProcessTools.SharedStateLostException] { 'caught' }) | Should -Be caught
        $v.Increment() | Should -Be 6
        $again = Get-SharedState "$name-killed"
        $again.ProcessId | Should -Not -Be $s.ProcessId
        $again.Dictionary('d').Count | Should -Be 0
        Remove-SharedState "$name-killed"
    }

    It 'passes states and their objects as arguments, with $using: and in messages' {
        $s = Get-SharedState "$name-passed"
        $d = $s.Dictionary('d')
        $queue = New-ProcessQueue
        $p = Start-WorkerProcess {
            param($byArgument)
            $byArgument['argument'] = $true
            ($using:s).Dictionary('d')['using'] = $true
            $message = ($using:queue).Get()
            $message.Where['message'] = $true
            $message.State.Dictionary('d')['state'] = $true
        } -ArgumentList $d
        $queue.Put(@{ Where = $d; State = $s })
        $p | Receive-Job -Wait
        $d.Keys | Should -Be argument, using, message, state
        Remove-SharedState "$name-passed"
    }

    It 'refuses an empty name' {
        { Get-SharedState '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }
}

Describe 'Remove-SharedState' {
    It 'removes by name, and others get an error' {
        $s = Get-SharedState "$name-removed"
        $d = $s.Dictionary('d')
        $id = $s.ProcessId
        Remove-SharedState "$name-removed"
        $s.IsOpen | Should -BeFalse
        { $d['a'] = 1 } | Should -Throw
        $(try { $d.Increment('a') } catch [ProcessTools.SharedStateRemovedException], [ProcessTools.SharedStateLostException] { 'caught' }) | Should -Be caught
        Wait-Until { -not (Get-Process -Id $id -ErrorAction Ignore) } 'the host has ended'
        Get-SharedState -ListAvailable "$name-removed" | Should -BeNullOrEmpty
    }

    It 'removes what comes through the pipeline, and by wildcards' {
        $null = Get-SharedState "$name-pipe-1"
        $null = Get-SharedState "$name-pipe-2"
        $null = Get-SharedState "$name-pipe-3"
        Get-SharedState "$name-pipe-1" | Remove-SharedState
        (Get-SharedState -ListAvailable "$name-pipe-*").Name | Sort-Object | Should -Be "$name-pipe-2", "$name-pipe-3"
        Get-SharedState -ListAvailable "$name-pipe-2" | Remove-SharedState
        (Get-SharedState -ListAvailable "$name-pipe-*").Name | Should -Be "$name-pipe-3"
        Remove-SharedState "$name-pipe-*"
        Get-SharedState -ListAvailable "$name-pipe-*" | Should -BeNullOrEmpty
        Remove-SharedState "$name-pipe-*" -ErrorVariable errors
        $errors | Should -BeNullOrEmpty
    }

    It 'says that there is none, and goes on' {
        $null = Get-SharedState "$name-there"
        Remove-SharedState "$name-none", "$name-there" -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'SharedStateNotFound,ProcessTools.Commands.RemoveSharedStateCommand'
        Get-SharedState -ListAvailable "$name-there" | Should -BeNullOrEmpty
    }

    It 'removes nothing with -WhatIf' {
        $null = Get-SharedState "$name-whatif"
        Remove-SharedState "$name-whatif", "$name-what*" -WhatIf
        Get-SharedState "$name-whatif" | Remove-SharedState -WhatIf
        (Get-SharedState -ListAvailable "$name-whatif").Name | Should -Be "$name-whatif"
        Remove-SharedState "$name-whatif"
    }

    It 'empties the session''s own, which stays usable' {
        $s = Get-SharedState
        $s.Dictionary('emptied')['a'] = 1
        $s | Remove-SharedState
        $s.Objects | Should -BeNullOrEmpty
        $s.Dictionary('emptied').Count | Should -Be 0
        (Get-SharedState).Id | Should -Be $s.Id
    }

    It 'lets go of a state in this process alone with Dispose' {
        $s = Get-SharedState "$name-mine"
        $p = Start-WorkerProcess { $s = $using:s; 'up'; $null = $s.Event('go').Wait(); $s.IsOpen } -ErrorAction Stop
        Wait-Until { $p.Output.Count } 'the worker holds it' 60
        $s.Event('go').Set()
        $s.Dispose()
        $s.IsOpen | Should -BeFalse
        $p | Receive-Job -Wait | Should -Be up, $true
    }
}

Describe 'Shared dictionaries, lists and namespaces' {
    BeforeAll {
        $s = Get-SharedState
    }

    It 'are used as hashtables are' {
        $d = $s.Dictionary()
        $d | Should -BeOfType System.Collections.IDictionary
        $d['count'] = 0
        $d['count'] += 1
        $d.COUNT | Should -Be 1
        $d['Count'] | Should -Be 1
        $d.name = 'dot'
        $d['none'] | Should -BeNullOrEmpty
        $d.Keys | Should -Be count, name
        $d.Contains('NAME') | Should -BeTrue
        $(foreach ($entry in $d.GetEnumerator()) { "$($entry.Key)=$($entry.Value)" }) | Should -Be 'count=1', 'name=dot'
        $d.GetEnumerator() | ForEach-Object Key | Should -Be count, name
        $d.Remove('name') | Should -BeTrue
        $d[5] = 'number'
        $d[5] | Should -Be number
        $sensitive = $s.Dictionary('sensitive', $true)
        $sensitive['a'] = 1
        $sensitive['A'] = 2
        $sensitive.Keys | Should -HaveCount 2
    }

    It 'have atomic members' {
        $d = $s.Dictionary()
        $d.Increment('n') | Should -Be 1
        $d.Increment('n', 2.5) | Should -Be 3.5
        $d.GetOrAdd('k', { 'made' }) | Should -Be made
        $d.GetOrAdd('k', { throw 'not asked' }) | Should -Be made
        $d.Update('k', { "$_!" }) | Should -Be made!
        $d.TryAdd('k', 1) | Should -BeFalse
        $d.TryUpdate('k', 'new', 'other') | Should -BeFalse
        $d.TryUpdate('k', 'new', 'made!') | Should -BeTrue
        $d.Swap('k', 'last') | Should -Be new
        $d.Pop('k') | Should -Be last
        $d.Pop('k', 'gone') | Should -Be gone
        $(try { $d.Increment('t'); $d['t'] = 'text'; $d.Increment('t') } catch [ProcessTools.NotANumberException] { $_.Exception.ErrorId }) | Should -Be 1, NotANumber
    }

    It 'move many at once' {
        $d = $s.Dictionary()
        $table = @{}
        foreach ($n in 1..1000) { $table["k$n"] = $n }
        $d.SetMany($table)
        $d.Count | Should -Be 1000
        $d.GetMany(@('k7', 'none', 'k1000')) | Should -Be 7, $null, 1000
        $d.ToHashtable()['K500'] | Should -Be 500
        $l = $s.List()
        $l.AddRange(1..1000)
        $l.Count | Should -Be 1000
        $l.GetRange(10, 3) | Should -Be 11, 12, 13
    }

    It 'tell of changes' {
        $d = $s.Dictionary('watched')
        $d['k'] = 0
        $p = Start-WorkerProcess { $d = (Get-SharedState).Dictionary('watched'); 'up'; $null = $d.WaitUntil('go', { $_ }); $d['k'] = 1 }
        $d.Wait('k', 0.05) | Should -BeFalse
        $d['go'] = $true
        $d.WaitUntil('k', { $_ -eq 1 }, 60) | Should -BeTrue
        $p | Receive-Job -Wait | Should -Be up
    }

    It 'nest, and stay shared' {
        $d = $s.Dictionary('outer')
        $d['list'] = $s.List()
        $d['inner'] = $s.Dictionary()
        Start-WorkerProcess { $d = (Get-SharedState).Dictionary('outer'); $d['list'].Add('x'); $d['inner']['deep'] = $d['list'] } | Receive-Job -Wait
        $d['list'] | Should -Be x
        $d['inner']['deep'].Add('y')
        $d['list'].Count | Should -Be 2
    }

    It 'keep the type of what is in them' {
        $d = $s.Dictionary()
        $d['date'] = [datetime] '2026-01-02'
        $d['table'] = @{ a = 1, 2 }
        $d['object'] = [pscustomobject]@{ A = 1; B = 'two' }
        $d['numbers'] = [int[]] (1, 2, 3)
        $d['date'] | Should -BeOfType datetime
        $d['table'].a | Should -Be 1, 2
        "$($d['object'].A) $($d['object'].B)" | Should -Be '1 two'
        , $d['numbers'] | Should -BeOfType int[]
        { $d['bad'] = [Threading.Thread]::CurrentThread } | Should -Throw
        $d.Contains('bad') | Should -BeFalse
    }

    It 'are lists of objects' {
        $l = $s.List()
        , $l | Should -BeOfType System.Collections.IList
        $l.Add(3)
        $l.Add(1)
        $l.Insert(0, 2)
        $l -contains 3 | Should -BeTrue
        $l[-1] | Should -Be 1
        $l.Sort()
        "$l" | Should -Be '1 2 3'
        $l | ForEach-Object { $_ * 2 } | Should -Be 2, 4, 6
        $l.Pop() | Should -Be 3
    }

    It 'are properties of a namespace' {
        $n = $s.Namespace()
        $n.Verbose = $true
        $n.verbose | Should -BeTrue
        $n.never | Should -BeNullOrEmpty
        $n.Items.Increment('count') | Should -Be 1
        $n.count | Should -Be 1
    }

    It 'change as one in a transaction, or not at all' {
        $d = $s.Dictionary()
        $l = $s.List()
        $d['a'] = 1
        $s.Transaction({ $d['a'] = 2; $l.Add('x'); 'result' }) | Should -Be result
        @($s.Transaction({ $d['a'] = 2 })).Count | Should -Be 0
        @($s.Transaction({ 1; 2 })) | Should -Be 1, 2
        { $s.Transaction({ $d['a'] = 3; $l.Clear(); $d.Clear(); throw 'no' }) } | Should -Throw '*no*'
        $d['a'] | Should -Be 2
        $l | Should -Be x
        $p = Start-WorkerProcess { $d = $using:d; ($using:s).Transaction({ $d['a'] = 99; [Diagnostics.Process]::GetCurrentProcess().Kill() }) }
        $null = $p | Wait-Job
        $d['a'] | Should -Be 2
    }

    It 'have one kind for a name' {
        $null = $s.List('one-kind')
        $(try { $s.Dictionary('ONE-kind') } catch [ProcessTools.SharedObjectMismatchException] { $_.Exception.ErrorId }) | Should -Be SharedObjectMismatch
        $(try { $s.Value('no-value') } catch [ProcessTools.SharedObjectNotFoundException] { $_.Exception.ErrorId }) | Should -Be SharedObjectNotFound
        ($s.Objects | Where-Object Name -eq one-kind).Kind | Should -Be List
        $s.Remove('one-kind') | Should -BeTrue
        $s.Remove('one-kind') | Should -BeFalse
    }
}

Describe 'Shared values and arrays' {
    BeforeAll {
        $s = Get-SharedState
    }

    It 'count together' {
        $v = $s.Value('together', 0)
        $jobs = foreach ($n in 1..2) { Start-WorkerProcess { $v = (Get-SharedState).Value('together'); foreach ($m in 1..1000) { $null = $v.Increment() } } }
        1..2 | ForEach-Object -Parallel { foreach ($m in 1..1000) { $null = ($using:v).Increment() } }
        $jobs | Receive-Job -Wait
        $v.Value | Should -Be 4000
        $v.ValueType | Should -Be ([int])
    }

    It 'are set, swapped and updated, and refuse what does not fit' {
        $v = $s.Value($null, [byte] 250)
        $v.Value = 255
        { $v.Increment() } | Should -Throw
        $v.Value | Should -Be 255
        $v.Swap(1) | Should -Be 255
        $v.TryUpdate(2, 5) | Should -BeFalse
        $v.Update({ $_ + 10 }) | Should -Be 11
    }

    It 'are arrays without copies' {
        $a = $s.Array('big', [double], 100000)
        Start-WorkerProcess { $a = (Get-SharedState).Array('big'); $a[99999] = 1.5; $null = $a.Increment(0, 2) } | Receive-Job -Wait
        $a[-1] | Should -Be 1.5
        $a[0] | Should -Be 2
        $a.Count | Should -Be 100000
        , $a.ToArray(0, 3) | Should -BeOfType double[]
        $a.GetBytes().Length | Should -Be 800000
    }
}

Describe 'How shared objects look' {
    It 'shows <What>' -ForEach @(
        @{ What = 'a state'; Script = { Get-SharedState }; Like = "*State*ProcessId*Objects*session $PID*" }
        @{ What = 'a dictionary as a dictionary'; Script = { $d = (Get-SharedState).Dictionary(); $d['key'] = 'value'; $d }; Like = '*Name*Value*----*key*value*' }
        @{ What = 'a list as its items'; Script = { $l = (Get-SharedState).List(); $l.Add('first'); $l.Add('second'); $l }; Like = "first*second*" }
        @{ What = 'a namespace'; Script = { $n = (Get-SharedState).Namespace('shown-ns'); $n.Verbose = $true; $n }; Like = '*shown-ns*Verbose = True*' }
        @{ What = 'a lock'; Script = { $l = (Get-SharedState).Lock('shown-lock'); Use-SharedLock $l { $l | Out-String } }; Like = "*Lock*HolderProcessId*shown-lock*Lock*True*$PID*" }
        @{ What = 'a semaphore'; Script = { (Get-SharedState).BoundedSemaphore('shown-sem', 4) }; Like = '*Semaphore*Free*shown-sem*BoundedSemaphore*4*4*0*' }
        @{ What = 'an event'; Script = { (Get-SharedState).Event('shown-event') }; Like = '*Event*IsSet*shown-event*False*' }
        @{ What = 'a condition'; Script = { (Get-SharedState).Condition('shown-cond') }; Like = '*Condition*Waiting*shown-cond*0*' }
        @{ What = 'a barrier'; Script = { (Get-SharedState).Barrier('shown-barrier', 3) }; Like = '*Barrier*Parties*shown-barrier*3*0*False*' }
        @{ What = 'a value'; Script = { (Get-SharedState).Value('shown-value', 5) }; Like = '*shown-value*Int32*5*' }
        @{ What = 'an array as its elements'; Script = { (Get-SharedState).Array('shown-array', [int[]] (7, 8)) }; Like = "7*8*" }
        @{ What = 'what a state has'; Script = { (Get-SharedState).Objects | Where-Object Name -eq shown-array }; Like = '*Object*Kind*shown-array*Array*Int32*2*' }
    ) {
        & $Script | Out-String | Should -BeLike $Like
    }

    It 'counts no object that was not there before it was shown' {
        $s = Get-SharedState "$name-shown"
        'mixed', $s, (Get-SharedState -ListAvailable "$name-shown") | Out-String | Should -Match "$name-shown"
        $s | Format-List | Out-String | Should -Match ProcessId
        $s.Objects | Should -BeNullOrEmpty
        Remove-SharedState "$name-shown"
    }
}
