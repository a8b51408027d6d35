BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $name = "pester-drive-$PID"
    $s = Get-SharedState -Name $name
    $null = New-PSDrive -PSProvider SharedState -Name shared -Root $name -Scope Global

    function Complete([string] $Text) {
        [Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
    }

    function Clear-State {
        foreach ($object in $s.GetObjects()) { $null = $s.Remove($object.Name) }
    }
}

AfterAll {
    Remove-PSDrive shared
    Get-Job | Remove-Job -Force
    Remove-SharedState "$name*"
}

Describe 'A drive of a shared state' {
    BeforeEach {
        Clear-State
    }

    It 'is what the design shows' {
        $shared:counter = 5
        $shared:counter | Should -Be 5
        $shared:counter += 1
        $shared:counter | Should -Be 6
        (Get-ChildItem shared:).Name | Should -Be counter
        Set-Content shared:\counter 7
        Get-Content shared:\counter | Should -Be 7
        Remove-Item shared:\counter
        Test-Path shared:\counter | Should -BeFalse
        $shared:counter | Should -BeNullOrEmpty
    }

    It 'is seen by other processes' {
        $shared:from = 'here'
        $result = Start-WorkerProcess {
            param($name)
            $null = New-PSDrive -PSProvider SharedState -Name other -Root $name
            "$other:from $((Get-ChildItem other:).Name)"
            $other:from = 'there'
        } -ArgumentList $name | Receive-Job -Wait
        $result | Should -Be 'here from'
        $shared:from | Should -Be there
        $s.Items['from'] | Should -Be there
    }

    It 'makes the state when there is none' {
        $null = New-PSDrive -PSProvider SharedState -Name fresh -Root "$name-fresh"
        $fresh:a = 1
        (Get-SharedState "$name-fresh" -Existing).Items['a'] | Should -Be 1
        Remove-PSDrive fresh
    }

    It 'is of the session''s own state with the root <Root>' -ForEach @(@{ Root = '' }, @{ Root = '.' }) {
        $null = New-PSDrive -PSProvider SharedState -Name own -Root $Root
        $own:mine = 'my own'
        (Get-SharedState).Items['mine'] | Should -Be 'my own'
        (Get-SharedState).Dictionary('ownd')['k'] = 1
        Get-Content own:\ownd\k | Should -Be 1
        (Get-ChildItem own:\).Name | Should -Contain mine
        (Get-ChildItem own:\ownd).Name | Should -Be k
        Get-ChildItem own:\ownd | Remove-Item
        (Get-SharedState).Dictionary('ownd').Count | Should -Be 0
        Remove-PSDrive own
        Remove-SharedState -InputObject (Get-SharedState)
    }

    It 'has values of all types as they are' {
        $shared:null = $null
        , $shared:null | Should -Be $null
        Test-Path shared:\null | Should -BeTrue
        $shared:array = 1, 2, 3
        , $shared:array | Should -BeOfType System.Array
        $shared:array | Should -Be 1, 2, 3
        $shared:ints = [int[]] (5, 6)
        , $shared:ints | Should -BeOfType int[]
        $shared:empty = @()
        , $shared:empty | Should -BeOfType System.Array
        $shared:empty.Count | Should -Be 0
        $shared:one = [int[]] (, 5)
        , $shared:one | Should -BeOfType int[]
        $shared:table = @{ a = 1 }
        $shared:table.a | Should -Be 1
        $shared:object = [pscustomobject]@{ P = 'v' }
        $shared:object.P | Should -Be v
        $shared:date = [datetime] '2026-01-02'
        $shared:date | Should -BeOfType datetime
        $shared:text = "two`nlines"
        $shared:text | Should -Be "two`nlines"
        Get-Content shared:\array | ForEach-Object { "item $_" } | Should -Be 'item 1', 'item 2', 'item 3'
        (Get-Content shared:\array -TotalCount 2) | Should -Be 1, 2
    }

    It 'reads and sets Value objects' {
        $v = $s.Value('progress', 0)
        $shared:progress | Should -Be 0
        $shared:progress = 5
        $v.Value | Should -Be 5
        Set-Content shared:\progress 6
        $v.Value | Should -Be 6
        Set-Item shared:\progress 7
        $v.Value | Should -Be 7
        $shared:progress = '8'
        $v.Value | Should -Be 8
        { $shared:progress = 'text' } | Should -Throw
        { Set-Content shared:\progress text -ErrorAction Stop } | Should -Throw
        $v.Value | Should -Be 8
        $s.Items.Contains('progress') | Should -BeFalse
        Clear-Content shared:\progress
        $v.Value | Should -Be 0
    }

    It 'gives other objects themselves' {
        $d = $s.Dictionary('config')
        $l = $s.List('list')
        $l.Add('first')
        $d['k'] = 'v'
        $shared:config['k'] | Should -Be v
        $shared:config.Increment('n') | Should -Be 1
        , $shared:list | Should -BeOfType ProcessTools.SharedList
        $shared:list.Add('second')
        "$l" | Should -Be 'first second'
        $null = $s.Lock('lock')
        Use-SharedLock $shared:lock { 'held' } | Should -Be held
    }

    It 'does not replace other objects by a value, nor empty them' {
        $d = $s.Dictionary('config')
        $d['k'] = 'v'
        $l = $s.List('list')
        $l.Add(1)
        { $shared:config = 5 } | Should -Throw -ExpectedMessage '*config*'
        { $shared:list = 5 } | Should -Throw -ExpectedMessage '*list*'
        { Set-Content shared:\config 5 -ErrorAction Stop } | Should -Throw -ErrorId 'SharedObjectMismatch,*'
        { Set-Item shared:\list 5 -ErrorAction Stop } | Should -Throw -ErrorId 'SharedObjectMismatch,*'
        $d['k'] | Should -Be v
        $l.Count | Should -Be 1
        $s.Items.Count | Should -Be 0
    }

    It 'never shows an item without its value while it is set' {
        $shared:flip = 1
        $p = Start-WorkerProcess { param($name) $items = (Get-SharedState $name).Items; $stop = (Get-SharedState $name).Event('stop'); 'up'; $bad = 0; while (-not $stop.IsSet) { if ($items['flip'] -notin 1, 2) { $bad++ } }; "bad $bad" } -ArgumentList $name
        Wait-Until { $p.Output.Count } 'it looks' 60
        foreach ($n in 1..100) { $shared:flip = 2; Set-Content shared:\flip 1 }
        $s.Event('stop').Set()
        $p | Receive-Job -Wait | Should -Be up, 'bad 0'
    }

    It 'has dictionaries and namespaces as folders' {
        $s.Dictionary('config')['count'] = 1
        $s.Namespace('options').Verbose = $true
        $s.Dictionary('config')['inner'] = $s.Dictionary()
        $s.Dictionary('config')['inner']['deep'] = 'x'
        Get-Content shared:\config\count | Should -Be 1
        Get-Content shared:/options/verbose | Should -BeTrue
        Get-Content shared:\config\inner\deep | Should -Be x
        Set-Content shared:\config\count 2
        Set-Item shared:\config\new added
        Set-Content shared:\options\level 3
        $s.Dictionary('config')['count'] | Should -Be 2
        $s.Dictionary('config')['new'] | Should -Be added
        $s.Namespace('options').level | Should -Be 3
        Test-Path shared:\config -PathType Container | Should -BeTrue
        Test-Path shared:\config\count -PathType Leaf | Should -BeTrue
        Test-Path shared:\config\none | Should -BeFalse
        Test-Path shared:\none\none | Should -BeFalse
        (Get-ChildItem shared:\config).Name | Should -Be count, inner, new
        # What has no name of its own is among the objects, too.
        (Get-ChildItem shared: -Recurse | Where-Object PSPath -notlike '*#*').Name | Should -Be config, count, inner, deep, new, options, Verbose, level
        Get-ChildItem shared:\config -Name | Should -Be count, inner, new
        (Get-ChildItem shared:\conf*\c*).Value | Should -Be 2
        $s.Dictionary('config')['self'] = $s.Dictionary('config')
        (Get-ChildItem shared: -Recurse).Count | Should -BeLessThan 30
        Push-Location shared:\config
        try {
            (Get-Location).Path | Should -BeLike 'shared:?config'
            Get-Content count | Should -Be 2
            (Get-ChildItem inner).Value | Should -Be x
            (Get-Item ..\options).Kind | Should -Be Namespace
            # As on all drives, a path without a separator begins at the drive's current location.
            $shared:count | Should -Be 2
        }
        finally {
            Set-Location shared:\
            Pop-Location
        }
        { Set-Content shared:\none\k 1 -ErrorAction Stop } | Should -Throw
    }

    It 'lists objects and entries with their kind, type, number and value' {
        $shared:entry = 'text'
        $shared:many = 1, 2, 3
        $s.Dictionary('config')['k'] = 1
        $null = $s.Value('number', 1.5), $s.Array('array', [int], 10), $s.Lock('lock'), $s.Semaphore('sem', 4), $s.Event('event'), $s.Barrier('barrier', 3), $s.List('list'), $s.Queue('queue')
        $items = @{}
        Get-ChildItem shared: | ForEach-Object { $items[$_.Name] = $_ }
        $items.Count | Should -Be 11
        $items.entry | Should -BeOfType ProcessTools.SharedStateItem
        "$($items.entry.Kind) $($items.entry.Type) $($items.entry.Count) $($items.entry.Value)" | Should -Be 'Entry String  text'
        "$($items.many.Kind) $($items.many.Type) $($items.many.Count)" | Should -Be 'Entry Object[] 3'
        "$($items.number.Kind) $($items.number.Type) $($items.number.Value)" | Should -Be 'Value Double 1.5'
        "$($items.array.Kind) $($items.array.Type) $($items.array.Count)" | Should -Be 'Array Int32 10'
        "$($items.config.Kind) $($items.config.Count) $($items.config.PSIsContainer) $($items.entry.PSIsContainer)" | Should -Be 'Dictionary 1 True False'
        $items.lock.Value | Should -BeOfType ProcessTools.SharedLock
        $items.Keys | Should -Not -Contain Items
        $table = Get-ChildItem shared: | Out-String -Width 100
        $table | Should -Match 'Name +Kind +Type +Count +Value'
        $table | Should -Match 'entry +Entry +String +text'
        $table | Should -Match 'lock +Lock +free'
        $table | Should -Match 'sem +Semaphore +4 of 4 free'
        $table | Should -Match 'event +Event +not set'
        $table | Should -Match 'barrier +Barrier +0 of 3 waiting'
        (Get-Item shared:\number).Value | Should -Be 1.5
        (Get-Item shared:\).Kind | Should -Be State
        (Get-Item shared:\).Value | Should -Be $s
    }

    It 'makes <Type>' -ForEach @(
        @{ Type = 'Dictionary'; Value = @{ a = 1 }; Check = { $s.Dictionary('new')['a'] -eq 1 } }
        @{ Type = 'List'; Value = (1, 2); Check = { "$($s.List('new'))" -eq '1 2' } }
        @{ Type = 'Namespace'; Value = $null; Check = { $null -eq $s.Namespace('new').a } }
        @{ Type = 'value'; Value = 5; Check = { $s.Value('new').Value -eq 5 } }
        @{ Type = 'Array'; Value = [double[]] (1.5, 2); Check = { $s.Array('new')[0] -eq 1.5 } }
        @{ Type = 'Lock'; Value = $null; Check = { -not $s.Lock('new').IsLocked } }
        @{ Type = 'RLock'; Value = $null; Check = { -not $s.RLock('new').IsHeld } }
        @{ Type = 'Semaphore'; Value = 4; Check = { $s.Semaphore('new').Value -eq 4 } }
        @{ Type = 'BoundedSemaphore'; Value = '3'; Check = { $s.BoundedSemaphore('new').Initial -eq 3 } }
        @{ Type = 'Event'; Value = $null; Check = { -not $s.Event('new').IsSet } }
        @{ Type = 'Condition'; Value = $null; Check = { $s.Condition('new').Waiting -eq 0 } }
        @{ Type = 'Barrier'; Value = 3; Check = { $s.Barrier('new').Parties -eq 3 } }
        @{ Type = 'Queue'; Value = 10; Check = { $s.Queue('new').Capacity -eq 10 } }
    ) {
        $item = New-Item shared:\new -ItemType $Type -Value $Value
        $item.Name | Should -Be new
        $item.Kind | Should -Be $Type
        & $Check | Should -BeTrue
        { New-Item shared:\new -ItemType $Type -Value $Value -ErrorAction Stop } | Should -Throw -ErrorId 'SharedItemExists,*'
        Remove-Item shared:\new -Recurse
        $s.Objects.Name | Should -Not -Contain new
    }

    It 'makes entries, and objects in folders' {
        (New-Item shared:\entry -Value 5).Value | Should -Be 5
        { New-Item shared:\entry -Value 6 -ErrorAction Stop } | Should -Throw -ErrorId 'SharedItemExists,*'
        (New-Item shared:\entry -Value 6 -Force).Value | Should -Be 6
        $null = New-Item shared:\folder -ItemType Dictionary
        $null = New-Item shared:\folder\sub -ItemType Dictionary -Value @{ k = 'v' }
        $null = New-Item shared:\folder\plain -Value 1
        Get-Content shared:\folder\sub\k | Should -Be v
        $s.Dictionary('folder')['sub']['k'] | Should -Be v
        { New-Item shared:\x -ItemType Nonsense -ErrorAction Stop } | Should -Throw -ExpectedMessage '*Dictionary*'
        { New-Item shared:\x -ItemType Barrier -ErrorAction Stop } | Should -Throw -ExpectedMessage '*parties*'
        New-Item shared:\y -Value 1 -WhatIf
        Test-Path shared:\x, shared:\y | Should -Be $false, $false
    }

    It 'removes entries, objects and folders' {
        $shared:entry = 1
        $s.Dictionary('full')['k'] = 1
        $s.Dictionary('full')[5] = 'number'
        $null = $s.Dictionary('empty'), $s.Lock('lock'), $s.Value('v', 1)
        Remove-Item shared:\entry -WhatIf
        $shared:entry | Should -Be 1
        Remove-Item shared:\entry, shared:\empty, shared:\lock, shared:\v
        Remove-Item shared:\full\5
        $s.Dictionary('full').Count | Should -Be 1
        Remove-Item shared:\full -Recurse
        Get-ChildItem shared: | Should -BeNullOrEmpty
        { Remove-Item shared:\none -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        $shared:a = 1
        $shared:b = 2
        Get-ChildItem shared: | Remove-Item
        Get-ChildItem shared: | Should -BeNullOrEmpty
        $shared:a = 1
        Remove-Item shared:\*
        $s.Items.Count | Should -Be 0
    }

    It 'clears what has something to clear' {
        $shared:entry = 1
        $l = $s.List('list')
        $l.Add(1)
        $s.Dictionary('config')['k'] = 1
        $s.Event('event').Set()
        $null = $s.Lock('lock')
        Clear-Item shared:\entry, shared:\list, shared:\event
        Clear-Content shared:\config
        , $s.Items['entry'] | Should -Be $null
        $s.Items.Contains('entry') | Should -BeTrue
        $l.Count | Should -Be 0
        $s.Dictionary('config').Count | Should -Be 0
        $s.Event('event').IsSet | Should -BeFalse
        { Clear-Item shared:\lock -ErrorAction Stop } | Should -Throw
        $shared:entry = 2
        Clear-Content shared:\entry -WhatIf
        $shared:entry | Should -Be 2
    }

    It 'sets an array from a pipeline, and adds to lists' {
        1..5 | Set-Content shared:\all
        $shared:all | Should -Be (1..5)
        $l = $s.List('list')
        1, 2 | Add-Content shared:\list
        Add-Content shared:\list 3
        "$l" | Should -Be '1 2 3'
        { Add-Content shared:\all 6 -ErrorAction Stop } | Should -Throw -ExpectedMessage '*list*'
        Set-Content shared:\whatif 1 -WhatIf
        Test-Path shared:\whatif | Should -BeFalse
    }

    It 'completes paths' {
        $shared:counter = 1
        $s.Dictionary('config')['target'] = 1
        Complete 'Get-Item shared:\co' | Should -Be "shared:$([IO.Path]::DirectorySeparatorChar)config", "shared:$([IO.Path]::DirectorySeparatorChar)counter"
        Complete 'Get-Item shared:\config\t' | Should -BeLike 'shared:?config?target'
        (TabExpansion2 'Get-Content shared:/cou').CompletionMatches.CompletionText | Should -BeLike 'shared:?counter'
    }

    It 'keeps names of either case, and shows an object before an entry' {
        $shared:Counter = 1
        $shared:COUNTER | Should -Be 1
        $s.Items['both'] = 'entry'
        $null = $s.Value('both', 5)
        $shared:both | Should -Be 5
        @(Get-ChildItem shared: | Where-Object Name -eq both).Count | Should -Be 1
    }

    It 'works with literal paths and names that look like wildcards' {
        $s.Items['a[1]'] = 'brackets'
        Get-Content -LiteralPath 'shared:\a[1]' | Should -Be brackets
        ${shared:a b} = 'blank'
        $s.Items['a b'] | Should -Be blank
        Remove-Item -LiteralPath 'shared:\a[1]'
        $s.Items.Keys | Should -Be 'a b'
    }

    It 'refuses to remove or to set its root' {
        { Remove-Item shared:\ -Recurse -ErrorAction Stop } | Should -Throw
        { Set-Item shared:\ 5 -ErrorAction Stop } | Should -Throw
        $s.IsOpen | Should -BeTrue
    }

    It 'says that the state is gone' {
        $other = Get-SharedState "$name-gone"
        $null = New-PSDrive -PSProvider SharedState -Name gone -Root "$name-gone"
        $gone:a = 1
        Stop-Process -Id $other.ProcessId -Force
        Wait-Until { -not (Get-Process -Id $other.ProcessId -ErrorAction Ignore) } 'the host is gone'
        { $gone:a } | Should -Throw -ExpectedMessage '*is gone*'
        { $gone:a = 2 } | Should -Throw -ExpectedMessage '*is gone*'
        { Get-ChildItem gone: -ErrorAction Stop } | Should -Throw -ErrorId 'SharedStateLost*'
        { Get-Content gone:\a -ErrorAction Stop } | Should -Throw -ErrorId 'SharedStateLost*'
        { Set-Content gone:\a 2 -ErrorAction Stop } | Should -Throw -ErrorId 'SharedStateLost*'
        { Remove-Item gone:\a -ErrorAction Stop } | Should -Throw -ErrorId 'SharedStateLost*'
        { Test-Path gone:\a -ErrorAction Stop } | Should -Throw -ErrorId 'SharedStateLost*'
        Remove-PSDrive gone
    }

    It 'goes, and leaves the state' {
        $null = New-PSDrive -PSProvider SharedState -Name again -Root $name
        $again:left = 1
        Remove-PSDrive again
        $s.Items['left'] | Should -Be 1
    }
}
