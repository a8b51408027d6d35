#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the Pester suite on the module that the build has staged.
.DESCRIPTION
    Uses the Pester that the build has brought from NuGet. Exit code 0: the suite ran to its end; without -Report also: all tests passed.
.PARAMETER Path
    The test files to run; all of this folder when it is not given.
.PARAMETER Report
    Writes a line of JSON for each test, for the program that makes dotnet test run this suite, and leaves the verdict to it.
.PARAMETER ListOnly
    Finds the tests and runs none.
#>
[CmdletBinding()]
param(
    [string[]] $Path = @(Get-ChildItem $PSScriptRoot -Filter *.Tests.ps1 | Sort-Object Name | ForEach-Object FullName),
    [switch] $Report,
    [switch] $ListOnly
)

$ErrorActionPreference = 'Stop'
# The suite's own processes tell nobody of their start.
$env:POWERSHELL_TELEMETRY_OPTOUT = '1'
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $root out/powershell/Modules/Pester/Pester.psd1)

function Write-Result([string] $Name, [string] $Result, [double] $Seconds, [string] $Message) {
    $line = @{ Name = $Name; Result = $Result; Seconds = $Seconds; Message = $Message } | ConvertTo-Json -Compress
    [Console]::Out.WriteLine([char] 0x1E + $line)
}

$failed = $false
foreach ($file in $Path) {
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $file
    $configuration.Run.PassThru = $true
    $configuration.Run.SkipRun = $ListOnly.IsPresent
    $configuration.Output.Verbosity = $Report ? 'None' : 'Normal'
    $result = Invoke-Pester -Configuration $configuration
    $failed = $failed -or $result.Result -ne 'Passed'
    if (-not $Report) { continue }
    $name = [System.IO.Path]::GetFileName($file) -replace '\.Tests\.ps1$'
    foreach ($test in $result.Tests) {
        $message = ($test.ErrorRecord | ForEach-Object { $_.DisplayErrorMessage ?? "$_"; $_.ScriptStackTrace }) -join "`n"
        Write-Result "$name.$($test.ExpandedPath)" "$($test.Result)" $test.Duration.TotalSeconds $message
    }
    # A BeforeAll that throws, or a file with a syntax error, has no test of its own to show it.
    foreach ($part in @($result.FailedBlocks) + @($result.FailedContainers)) {
        $message = ($part.ErrorRecord | ForEach-Object { "$_"; $_.ScriptStackTrace }) -join "`n"
        Write-Result "$name.$($part.ExpandedPath ?? 'file')" 'Failed' 0 $message
    }
    if (@($result.Tests).Count -eq 0) { Write-Result "$name.file" 'Failed' 0 'There is no test in it.' }
}
exit [int] ($failed -and -not $Report)
