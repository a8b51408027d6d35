BeforeAll {
    . (Join-Path $PSScriptRoot common.ps1)
    $manifest = Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1
}

Describe 'The module' {
    It 'has a manifest that Test-ModuleManifest accepts' {
        $tested = Test-ModuleManifest $manifest
        $tested.Guid | Should -Not -Be ([guid]::Empty)
        $tested.Tags | Should -Contain 'PSEdition_Core'
        $tested.ReleaseNotes | Should -Not -BeNullOrEmpty
    }

    It 'exports the cmdlets that the manifest names, and nothing else' {
        $names = (Import-PowerShellDataFile $manifest).CmdletsToExport | Sort-Object
        (Get-Command -Module ProcessTools).Name | Sort-Object | Should -Be $names
    }

    It 'makes its types resolvable by name in every runspace of the process' {
        $names = 1..2 | ForEach-Object -Parallel { [ProcessTools.ProcessToolsException].FullName }
        $names | Should -Be @('ProcessTools.ProcessToolsException', 'ProcessTools.ProcessToolsException')
    }

    It 'can be removed and imported again' {
        Remove-Module ProcessTools
        Get-Module ProcessTools | Should -BeNullOrEmpty
        Import-Module $manifest
        (Get-Module ProcessTools).ExportedCommands.Keys | Should -Not -BeNullOrEmpty
    }
}

Describe 'The help' {
    It 'of <_> is generated, with examples' -ForEach @((Import-PowerShellDataFile (Join-Path (Split-Path (Split-Path $PSScriptRoot)) ProcessTools.psd1)).CmdletsToExport) {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Description | Should -Not -BeNullOrEmpty
        @($help.Examples.example).Count | Should -BeGreaterOrEqual 5
    }

    It 'has the topic <_>' -ForEach 'about_ProcessTools', 'about_ProcessTools_Channels', 'about_ProcessTools_ComingFromPython' {
        Get-Help $_ | Out-String | Should -Match 'TOPIC'
    }
}
