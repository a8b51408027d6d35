BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $examples = Join-Path $root src/Examples
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'The examples, on a part of their input' {
    It 'quickstart.ps1 finds with <Workers> workers in <Megabytes> MB what one process finds' -ForEach @(
        @{ Workers = 3; Megabytes = 3 }
        # More workers than files.
        @{ Workers = 6; Megabytes = 0 }
    ) {
        if ($Megabytes -eq 0) {
            Copy-Item (Join-Path $examples quickstart.ps1) $TestDrive
            Set-Content "$TestDrive/some.xml" '<summary></summary> The the word.'
            Set-Content "$TestDrive/Get-DocumentationFile.ps1" "Get-Item '$TestDrive/some.xml'"
            (Get-Content "$TestDrive/quickstart.ps1" -Raw) -replace '(?m)^Import-Module .*$' | Set-Content "$TestDrive/quickstart.ps1"
            $output = & "$TestDrive/quickstart.ps1" -Workers $Workers | Out-String -Width 120
            $output | Should -Match '(?m)^Doubled words +1 +1 equal'
            $output | Should -Match '(?m)^Empty summaries +1 +1 equal'
        }
        else {
            $output = & (Join-Path $examples quickstart.ps1) -MaxMegabytes $Megabytes -Workers $Workers | Out-String -Width 120
            [regex]::Matches($output, '(?m)^(\S.*?) +(\d+) +(\2) equal').Count | Should -Be 7
            $output | Should -Match '(?m)^Passive voice +\d{3,}'
        }
        $output | Should -Not -Match DIFFERENT
        $output | Should -Match 'Seconds +[\d.]+ +[\d.]+ [\d.]+ times as fast'
    }

    It 'quickstart.ps1 says so when the workers find something else' {
        $script = (Get-Content (Join-Path $examples quickstart.ps1) -Raw) -replace '(?m)^Import-Module .*$' -replace '(?m)^\$several = .*$', '$several = @{}'
        Set-Content "$TestDrive/quickstart.ps1" $script
        Set-Content "$TestDrive/Get-DocumentationFile.ps1" "Get-Item '$TestDrive/quickstart.ps1'"
        { & "$TestDrive/quickstart.ps1" } | Should -Throw '*something else than one process*'
    }

    It 'pipeline.ps1 counts in three processes what one counts, and no queue holds more than its capacity' {
        $output = & (Join-Path $examples pipeline.ps1) -MaxMegabytes 4 -Capacity 2 -BatchSize 200 -Top 4
        $totals = $output | Where-Object { $_.psobject.Properties['Equal'] -and $null -ne $_.Equal }
        $totals.Count | Should -Be 6
        $totals | ForEach-Object { $_.ThreeProcesses | Should -Be $_.OneProcess }
        ($totals | Where-Object Counted -eq Words).ThreeProcesses | Should -BeGreaterThan 1000
        $waiting = @{}
        $messages = foreach ($line in $output) {
            if ($line -match '^(read|split|count) +(\d+) .* (\d+)$') {
                $waiting[$Matches[1]] = [int] $Matches[3]
                $Matches[2]
            }
        }
        @($messages | Select-Object -Unique).Count | Should -Be 1 -Because 'each stage has all messages'
        $waiting.read | Should -BeIn 1, 2
        $waiting.split | Should -BeIn 1, 2
        $waiting.count | Should -Be 0
        $output[-1] | Should -BeLike '*with the same result.'
    }

    It 'pool.ps1 counts with a pool what one process counts, though three of its workers are killed' {
        $output = & (Join-Path $examples pool.ps1) -MaxMegabytes 4 -Workers 2 -Crashes 3
        $totals = $output | Where-Object { $_.psobject.Properties['Equal'] -and $null -ne $_.Equal }
        $totals.Count | Should -Be 6
        $totals | ForEach-Object { $_.Pool | Should -Be $_.OneProcess }
        ($totals | Where-Object Counted -eq Members).Pool | Should -BeGreaterThan 100
        $done = ($totals | Where-Object Counted -eq Files).Pool
        "$output" | Should -BeLike "*Tasks done: $done, attempts repeated: 3, *"
        "$output" | Should -BeLike '*workers lost: 3*'
        "$output" | Should -BeLike '*Slow: *'
        $output[-1] | Should -BeLike '*with the same totals.'
        Get-ProcessPool examples* | Should -BeNullOrEmpty
    }

    It 'state.ps1 counts with several workers what one process counts, though two of them are killed' {
        $output = & (Join-Path $examples state.ps1) -MaxMegabytes 3 -Workers 2 -Crashes 2
        $totals = $output | Where-Object { $_.psobject.Properties['Equal'] }
        $totals.Count | Should -Be 8
        $totals | ForEach-Object { $_.Workers | Should -Be $_.OneProcess }
        "$output" | Should -BeLike '*lock in hand: 2; locks inherited from them: 2; files not done: 0*'
        $output[-1] | Should -BeLike '*with the same words.'
    }

    It 'state.ps1 stops its workers when they have counted enough' {
        $output = & (Join-Path $examples state.ps1) -MaxMegabytes 3 -Workers 2 -Crashes 0 -MaxWords 1
        $output | Where-Object { $_.psobject.Properties['Equal'] } | ForEach-Object { $_.Workers | Should -Be $_.OneProcess }
        "$output" | Should -Not -BeLike '*files not done: 0*'
    }

    It 'pipeline.ps1 ends when a stage is killed, and the other stages with it' {
        Copy-Item (Join-Path $examples *) $TestDrive
        $pipeline = Join-Path $TestDrive pipeline.ps1
        $text = Get-Content $pipeline -Raw
        $failing = ($text -replace '(?m)^Import-Module .*$').Replace(
            '$text = [regex]', 'if (++$batch -eq 20) { [Diagnostics.Process]::GetCurrentProcess().Kill() }; $text = [regex]')
        $failing | Should -Match 'if \(\+\+\$batch -eq 20\)'
        Set-Content $pipeline $failing
        { & $pipeline -MaxMegabytes 20 -Capacity 2 -BatchSize 100 } | Should -Throw -ErrorId 'WorkerCrashed*'
        $stages = Get-Job | Where-Object Name -in read, split, count
        # The one whose error was received may be gone from the list already.
        @($stages).Count | Should -BeGreaterOrEqual 2
        $stages | Wait-Job -Timeout 30 | Should -HaveCount @($stages).Count
    }
}
