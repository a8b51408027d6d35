BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $pwsh = [Environment]::ProcessPath
    # A user who has nothing yet: neither modules nor repositories.
    $script = @'
        param($root, $folder)
        $ErrorActionPreference = 'Stop'
        & "$root/build.ps1" -Task Package -NoBuild -Destination $folder
        Import-Module "$root/out/powershell/Modules/Microsoft.PowerShell.PSResourceGet"
        Register-PSResourceRepository -Name Local -Uri $folder -Trusted
        Install-PSResource ProcessTools -Repository Local
'@
    Set-Content "$TestDrive/install.ps1" $script
    $names = 'HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'PSModulePath'
    $before = @{}
    foreach ($name in $names) { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
    function Use-EmptyHome([scriptblock] $Block) {
        foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $null) }
        $env:HOME = "$TestDrive/home"
        try { & $Block } finally { foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }
    }
    $null = New-Item "$TestDrive/home", "$TestDrive/feed" -ItemType Directory
    $log = Use-EmptyHome { & $pwsh -NoProfile -File "$TestDrive/install.ps1" $root "$TestDrive/feed" 2>&1 }
    $installed = Get-ChildItem "$TestDrive/home" -Recurse -Force -Filter ProcessTools.psd1 | Select-Object -First 1
}

Describe 'The package' {
    It 'is one file with the name and version of the manifest' {
        $version = (Import-PowerShellDataFile "$root/ProcessTools.psd1").ModuleVersion
        (Get-ChildItem "$TestDrive/feed" -Filter *.nupkg).Name | Should -Be "ProcessTools.$version.nupkg" -Because "$log"
    }

    It 'installs from a repository into an empty module path' {
        $installed | Should -Not -BeNullOrEmpty -Because "$log"
        Use-EmptyHome { & $pwsh -NoProfile -c 'Import-Module ProcessTools; (Get-Module ProcessTools).ModuleBase' } | Should -Be $installed.DirectoryName
    }

    It 'runs the main job from there, and finds its help' {
        $folder = $installed.DirectoryName
        $output = Use-EmptyHome { & $pwsh -NoProfile -File "$folder/Examples/quickstart.ps1" -MaxMegabytes 4 2>&1 }
        $LASTEXITCODE | Should -Be 0 -Because "$output"
        "$output" | Should -BeLike '*times as fast*'
        Use-EmptyHome { & $pwsh -NoProfile -c '(Get-Help Invoke-ProcessPool).Synopsis' } | Should -BeLike 'Runs a script block on each object*'
    }

    It 'names no address that does not exist, and carries no symbols' {
        $data = (Import-PowerShellDataFile $installed.FullName).PrivateData.PSData
        # The project has no public address yet, and a gallery shows what the manifest says.
        $data.Keys | Should -Not -Contain ProjectUri
        $data.Keys | Should -Not -Contain LicenseUri
        Get-ChildItem $installed.DirectoryName -Recurse -Filter *.pdb | Should -BeNullOrEmpty
    }
}
