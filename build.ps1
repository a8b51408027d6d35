#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, measures and packages ProcessTools.
.DESCRIPTION
    Without a task: builds and runs the quickstart. Tasks run in the order given, and each builds what it needs.

    Build       builds everything and stages the module beside ProcessTools.psd1
    Quickstart  runs src/Examples/quickstart.ps1 on the freshly built module
    Test        the xunit tests and the Pester suite
    Pester      the Pester suite alone
    Bench       the measurements of tests/Benchmarks
    Package     out/ProcessTools/<version>, as the PowerShell Gallery wants it, and the same as a nupkg
    Clean       removes everything that a build has made
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Clean, Test, Package
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Quickstart', 'Test', 'Pester', 'Bench', 'Package', 'Clean')]
    [string[]] $Task = @('Build', 'Quickstart'),

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$root = $PSScriptRoot
$manifest = Join-Path $root ProcessTools.psd1
$out = Join-Path $root out
$built = $false

function Invoke-Build {
    # Several tasks of one call need the build; one is enough.
    if (-not $script:built) {
        dotnet build (Join-Path $root ProcessTools.sln) -c $Configuration
        $script:built = $true
    }
}

function Invoke-Quickstart {
    Invoke-Build
    # In a process of its own, so that the session that builds never holds the module's files.
    & ([Environment]::ProcessPath) -NoProfile -File (Join-Path $root src/Examples/quickstart.ps1)
}

function Invoke-Test {
    dotnet test --solution (Join-Path $root ProcessTools.sln) -c $Configuration
    $script:built = $true
    Invoke-PesterSuite
}

function Invoke-PesterSuite {
    Invoke-Build
    & ([Environment]::ProcessPath) -NoProfile -File (Join-Path $root tests/Pester/Invoke-Suite.ps1) -ResultFile (Join-Path $out test-results/pester.xml)
}

function Invoke-Bench {
    Invoke-Build
    $benchmarks = Join-Path $root tests/Benchmarks
    foreach ($script in Get-ChildItem $benchmarks -Filter Measure-*.ps1) {
        Write-Host "== $($script.BaseName)"
        & ([Environment]::ProcessPath) -NoProfile -File $script.FullName
    }
    foreach ($project in Get-ChildItem $benchmarks -Filter *.csproj -Recurse -Depth 1) {
        Write-Host "== $($project.BaseName)"
        dotnet run -c $Configuration --project $project.FullName
    }
}

function Invoke-Package {
    # What an earlier build has left in the staging folders must not get into a package.
    Remove-Staged
    $script:built = $false
    Invoke-Build

    $data = Import-PowerShellDataFile $manifest
    $folder = Join-Path $out ProcessTools $data.ModuleVersion
    if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
    $null = New-Item $folder -ItemType Directory -Force
    foreach ($item in 'ProcessTools.psd1', 'bin', 'en-US', 'LICENSE', 'README.md', 'CHANGELOG.md') {
        Copy-Item (Join-Path $root $item) $folder -Recurse
    }
    Copy-Item (Join-Path $root src/Examples) (Join-Path $folder Examples) -Recurse
    Get-ChildItem $folder -Recurse -Filter *.pdb | Remove-Item

    $null = Test-ModuleManifest (Join-Path $folder ProcessTools.psd1)
    New-Nupkg $data $folder
    Write-Host "Package: $folder"
}

function New-Nupkg($Data, $Folder) {
    $gallery = $Data.PrivateData.PSData
    # The tags by which the gallery knows a module's contents; Publish-Module would write the same.
    $tags = @($gallery.Tags) + 'PSModule' + 'PSIncludes_Cmdlet' + ($Data.CmdletsToExport | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" })
    $text = @{
        version     = $Data.ModuleVersion
        authors     = $Data.Author
        owners      = $Data.CompanyName
        description = $Data.Description
        copyright   = $Data.Copyright
        projectUrl  = $gallery.ProjectUri
        tags        = $tags -join ' '
        notes       = $gallery.ReleaseNotes
    }
    foreach ($key in @($text.Keys)) { $text[$key] = [System.Security.SecurityElement]::Escape($text[$key]) }
    $nuspec = Join-Path $out ProcessTools.nuspec
    Set-Content $nuspec -Encoding utf8NoBOM @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>ProcessTools</id>
    <version>$($text.version)</version>
    <authors>$($text.authors)</authors>
    <owners>$($text.owners)</owners>
    <license type="expression">MIT</license>
    <projectUrl>$($text.projectUrl)</projectUrl>
    <description>$($text.description)</description>
    <releaseNotes>$($text.notes)</releaseNotes>
    <copyright>$($text.copyright)</copyright>
    <tags>$($text.tags)</tags>
    <readme>README.md</readme>
  </metadata>
  <files>
    <file src="ProcessTools/$($text.version)/**" />
  </files>
</package>
"@
    # NuGet warns that assemblies and scripts are not in lib/ and tools/, which a PowerShell package does not have.
    dotnet pack $nuspec -o $out 2>&1 | Where-Object { "$_" -notmatch '\[Warning\] The (assembly|script file) ' } | Out-Host
    Remove-Item $nuspec
}

function Remove-Staged {
    foreach ($item in 'bin', 'en-US') {
        $path = Join-Path $root $item
        if (Test-Path $path) { Remove-Item $path -Recurse -Force }
    }
}

function Invoke-Clean {
    Remove-Staged
    if (Test-Path $out) { Remove-Item $out -Recurse -Force }
    foreach ($folder in 'src', 'tests') {
        Get-ChildItem (Join-Path $root $folder) -Directory -Recurse -Include bin, obj, TestResults | Remove-Item -Recurse -Force
    }
    $script:built = $false
}

foreach ($name in $Task) {
    switch ($name) {
        'Build' { Invoke-Build }
        'Quickstart' { Invoke-Quickstart }
        'Test' { Invoke-Test }
        'Pester' { Invoke-PesterSuite }
        'Bench' { Invoke-Bench }
        'Package' { Invoke-Package }
        'Clean' { Invoke-Clean }
    }
}
