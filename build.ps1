#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, measures and packages ProcessTools.
.DESCRIPTION
    Without a task: builds, and runs the main job. Tasks run in the order given.

    Build     builds everything and stages the module beside ProcessTools.psd1
    Main      src/Examples/quickstart.ps1 on the freshly built module
    Test      all tests, those of Pester in the PowerShell that runs this script
    TestLong  all tests with a thousand random kills and long fuzzing, and once more with the means of other platforms
    Bench     the measurements of tests/Benchmarks
    Package   a folder and a nupkg in out/, as the PowerShell Gallery wants them
.PARAMETER NoBuild
    Takes what an earlier build has staged.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Test, Package
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Main', 'Test', 'TestLong', 'Bench', 'Package')]
    [string[]] $Task = @('Build', 'Main'),

    # Where the package goes.
    [string] $Destination = (Join-Path $PSScriptRoot out),

    [switch] $NoBuild
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$pwsh = [Environment]::ProcessPath

function Invoke-Build { if (-not $NoBuild) { dotnet build $PSScriptRoot/ProcessTools.sln -c Release } }

function Invoke-Script($Path) {
    # In a process of its own, so that the session that builds never holds the module's files.
    & $pwsh -NoProfile -File $Path
}

function Invoke-Test([hashtable] $Environment, [string[]] $Arguments) {
    foreach ($name in $Environment.Keys) { Set-Item "env:$name" $Environment[$name] }
    try { Push-Location $PSScriptRoot; dotnet test -c Release @Arguments }
    finally { Pop-Location; $Environment.Keys | ForEach-Object { Remove-Item "env:$_" } }
}

function Invoke-Bench {
    Invoke-Build
    Get-ChildItem $PSScriptRoot/tests/Benchmarks/Measure-*.ps1 | ForEach-Object { "== $($_.BaseName)"; Invoke-Script $_.FullName }
    dotnet run -c Release --project $PSScriptRoot/tests/Benchmarks/ProcessTools.Benchmarks
}

function Invoke-Package {
    if (-not $NoBuild) {
        # What an earlier build has left behind must not get into a package.
        Remove-Item $PSScriptRoot/bin, $PSScriptRoot/en-US -Recurse -Force -ErrorAction Ignore
        Invoke-Build
    }
    $folder = Join-Path $Destination ProcessTools
    Remove-Item $folder -Recurse -Force -ErrorAction Ignore
    $null = New-Item $folder -ItemType Directory
    'ProcessTools.psd1', 'bin', 'en-US', 'LICENSE', 'README.md', 'CHANGELOG.md' | ForEach-Object { Copy-Item $PSScriptRoot/$_ $folder -Recurse }
    Copy-Item $PSScriptRoot/src/Examples $folder/Examples -Recurse
    Get-ChildItem $folder -Recurse -Filter *.pdb | Remove-Item
    # Older versions of PowerShell come with a PSResourceGet that has no Compress-PSResource.
    Import-Module $PSScriptRoot/out/powershell/Modules/Microsoft.PowerShell.PSResourceGet
    Compress-PSResource -Path $folder -DestinationPath $Destination -PassThru
}

foreach ($name in $Task) {
    switch ($name) {
        Build { Invoke-Build }
        Main { Invoke-Script $PSScriptRoot/src/Examples/quickstart.ps1 }
        Test { Invoke-Test @{ PROCESSTOOLS_PWSH = $pwsh } }
        TestLong {
            Invoke-Test @{ PROCESSTOOLS_PWSH = $pwsh; PROCESSTOOLS_TEST_LONG = '1' }
            Invoke-Test @{ PROCESSTOOLS_PLATFORM = 'portable'; PROCESSTOOLS_TEST_LONG = '1' } '--project', 'tests/ProcessTools.Tests'
        }
        Bench { Invoke-Bench }
        Package { Invoke-Package }
    }
}
