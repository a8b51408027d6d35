BeforeDiscovery {
    $readme = Get-Content (Join-Path $PSScriptRoot ../../README.md) -Raw
    $number = 0
    $snippets = foreach ($block in [regex]::Matches($readme, '(?ms)^```powershell\r?\n(?<code>.*?)^```')) {
        @{ Number = ++$number; Code = $block.Groups['code'].Value; First = ($block.Groups['code'].Value -split "\n")[0] }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
}

Describe 'The README' {
    It 'shows what runs as it is: snippet <Number>, <First>' -ForEach $snippets {
        Push-Location $root
        try { $output = Invoke-Snippet $Code }
        finally { Pop-Location }
        # Only the one that imports the module has nothing to show.
        if ($Code -notmatch '^Import-Module \S+\s*$') { $output | Should -Not -BeNullOrEmpty }
    }
}
