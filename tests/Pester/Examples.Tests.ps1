BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $examples = Join-Path $root src/Examples
}

AfterAll {
    Get-Job | Remove-Job -Force
}

Describe 'The examples, on a part of their input' {
    It 'quickstart.ps1 counts with three workers what one process counts' {
        $output = & (Join-Path $examples quickstart.ps1) -MaxMegabytes 4 -Workers 3
        $totals = $output | Where-Object { $_.psobject.Properties['Equal'] -and $null -ne $_.Equal }
        $totals.Count | Should -BeGreaterThan 6
        $totals | ForEach-Object { $_.Workers | Should -Be $_.OneProcess }
        ($totals | Where-Object Counted -eq Phrases).Workers | Should -BeGreaterThan 1000
        $output[-1] | Should -BeLike '*with the same totals.'
    }

    It 'pipeline.ps1 counts in three processes what one counts, and no queue holds more than its capacity' {
        $output = & (Join-Path $examples pipeline.ps1) -MaxMegabytes 4 -Capacity 2 -BatchSize 200 -Top 4
        $totals = $output | Where-Object { $_.psobject.Properties['Equal'] -and $null -ne $_.Equal }
        $totals.Count | Should -Be 6
        $totals | ForEach-Object { $_.ThreeProcesses | Should -Be $_.OneProcess }
        ($totals | Where-Object Counted -eq Words).ThreeProcesses | Should -BeGreaterThan 1000
        $waiting = @{}
        foreach ($line in $output) { if ($line -match '^(read|split|count) .* (\d+)$') { $waiting[$Matches[1]] = [int] $Matches[2] } }
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
        "$output" | Should -BeLike '*workers lost: 3*'
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

    It 'pipeline.ps1 ends when a stage is killed, and the other stages with it' {
        Copy-Item (Join-Path $examples *) $TestDrive
        $pipeline = Join-Path $TestDrive pipeline.ps1
        $text = Get-Content $pipeline -Raw
        $failing = $text.Replace('Import-Module $manifest', '').Replace(
            '$text = [regex]', 'if (++$batch -eq 20) { [Diagnostics.Process]::GetCurrentProcess().Kill() }; $text = [regex]')
        $failing.Length | Should -BeGreaterThan $text.Length
        Set-Content $pipeline $failing
        { & $pipeline -MaxMegabytes 20 -Capacity 2 -BatchSize 100 } | Should -Throw -ErrorId 'WorkerCrashed*'
        $stages = Get-Job | Where-Object Name -in read, split, count
        # The one whose error was received may be gone from the list already.
        @($stages).Count | Should -BeGreaterOrEqual 2
        $stages | Wait-Job -Timeout 30 | Should -HaveCount @($stages).Count
    }
}
