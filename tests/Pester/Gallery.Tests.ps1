BeforeDiscovery {
    . (Join-Path $PSScriptRoot common.ps1)
    $commands = Get-Command -Module ProcessTools | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
    $own = { $_.Name -notin ([System.Management.Automation.Cmdlet]::CommonParameters + 'WhatIf' + 'Confirm') }
    $parameters = foreach ($entry in $commands) {
        $entry.Command.Parameters.Values | Where-Object $own | ForEach-Object { @{ Name = $entry.Name; Parameter = $_ } }
    }
    $sets = foreach ($entry in $commands) { $entry.Command.ParameterSets | ForEach-Object { @{ Name = $entry.Name; Set = $_ } } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)

    # The sets that a call of the command in an example may belong to: those that have all parameters that it names, as PowerShell decides.
    function Get-UsedSet($Command, [string] $Code) {
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $null)
        $calls = $tree.FindAll({ param($node) $node -is [System.Management.Automation.Language.CommandAst] -and $node.GetCommandName() -eq $Command.Name }, $true)
        foreach ($call in $calls) {
            $bound = [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($call, $true).BoundParameters
            $fitting = $Command.ParameterSets | Where-Object {
                $names = $_.Parameters.Name
                -not ($bound.Keys | Where-Object { $_ -notin $names }) -and
                -not ($_.Parameters | Where-Object { $_.IsMandatory -and -not $_.ValueFromPipeline -and $_.Name -notin $bound.Keys })
            }
            # What fits only one set uses that; what fits several uses the default.
            if (@($fitting).Count -eq 1) { $fitting.Name } else { $Command.DefaultParameterSet }
        }
    }
}

Describe 'A gallery' {
    It 'knows the verb of <Name>, and its noun is one thing' -ForEach $commands {
        $verb, $noun = $Name -split '-'
        (Get-Verb).Verb | Should -Contain $verb
        $noun | Should -Not -Match '(?<!s)s$'
        $noun | Should -MatchExactly '^[A-Z][A-Za-z]+$'
    }

    It 'sees -WhatIf on <Name> if it changes anything by itself' -ForEach $commands {
        # These change nothing that stays, or the script that they run decides.
        $harmless = @{
            'Connect-ProcessPipe' = 'opens a connection that ends with the session'
            'Get-ProcessPool' = 'shows'; 'Get-SharedState' = 'opens; what it makes is empty and ends with its holders'
            'Invoke-ProcessPool' = 'runs a script, whose commands have their own -WhatIf'
            'Send-ProcessMessage' = 'hands an object to whoever receives it'
            'Use-SharedLock' = 'runs a script, whose commands have their own -WhatIf'
            'Wait-ProcessFuture' = 'waits'
        }
        $Command.Parameters.ContainsKey('WhatIf') | Should -Be (-not $harmless.ContainsKey($Name))
        $Command.Parameters.ContainsKey('Confirm') | Should -Be (-not $harmless.ContainsKey($Name))
    }

    It 'learns what <Name> returns' -ForEach $commands {
        $Command.OutputType | Should -Not -BeNullOrEmpty
    }

    It 'reads for parameter <Parameter.Name> of <Name> what it is for' -ForEach $parameters {
        $description = (Get-Help $Name -Parameter $Parameter.Name).description.Text
        $description | Should -Not -BeNullOrEmpty
        $description.Length | Should -BeGreaterThan 20
    }

    It 'finds an example of <Name> for the set <Set.Name>' -ForEach $sets {
        $command = Get-Command $Name
        $used = foreach ($example in (Get-Help $Name -Full).Examples.Example) { Get-UsedSet $command $example.Code }
        if ($Set.Name -eq '__AllParameterSets') { $used | Should -Not -BeNullOrEmpty } else { $used | Should -Contain $Set.Name }
    }

    It 'sees at most one parameter of <Name>, set <Set.Name>, that takes whole objects from the pipeline' -ForEach $sets {
        @($Set.Parameters | Where-Object ValueFromPipeline).Count | Should -BeLessOrEqual 1
    }

    It 'sees a default among the sets of <Name>' -ForEach $commands {
        if ($Command.ParameterSets.Count -gt 1) { $Command.ParameterSets.IsDefault | Should -Contain $true }
    }

    It 'can complete <Parameter.Name> of <Name>' -ForEach ($parameters | Where-Object {
            # Names of what is there already, and values from a list. New-ProcessPool and the workers name new things.
            $_.Parameter.Name -in 'Module', 'Function', 'Variable', 'Encoding', 'Durability', 'Priority', 'Transport', 'Address' -or
            ($_.Parameter.Name -eq 'Name' -and $_.Name -notin 'New-ProcessPool', 'Start-WorkerProcess', 'Invoke-ProcessPool')
        }) {
        $type = [Nullable]::GetUnderlyingType($Parameter.ParameterType) ?? $Parameter.ParameterType
        $completers = $Parameter.Attributes | Where-Object { $_ -is [ArgumentCompleter] -or $_ -is [ValidateSet] -or $_ -is [ArgumentCompletions] }
        ($type.IsEnum -or $completers) | Should -BeTrue
    }

    It 'finds no parameter of <Name> twice' -ForEach $commands {
        $names = $Command.Parameters.Values | ForEach-Object { $_.Name; $_.Aliases }
        $names | Group-Object | Where-Object Count -gt 1 | Should -BeNullOrEmpty
    }
}

Describe 'Receive-ProcessMessage -WhatIf' {
    It 'takes no file' {
        Set-Content "$TestDrive/one.txt" one
        Receive-ProcessMessage -Path $TestDrive -SettleSeconds 0 -TimeoutSeconds 0 -WhatIf | Should -BeNullOrEmpty
        (Get-ChildItem $TestDrive).Name | Should -Be one.txt
    }

    It 'takes no message, and does not wait for one' {
        $queue = New-ProcessQueue
        Receive-ProcessMessage $queue -WhatIf | Should -BeNullOrEmpty
        $queue.Put(1)
        Receive-ProcessMessage $queue -UntilClosed -WhatIf | Should -BeNullOrEmpty
        $queue.Count | Should -Be 1
    }
}
