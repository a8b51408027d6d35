#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the Pester suite on the module that the build has staged.
.DESCRIPTION
    Needs Pester 5 or later on PSModulePath, or in the folder that the environment variable PROCESSTOOLS_PESTER names.
    Exit code 0: all passed; 1: some failed; 2: there is no Pester.
.PARAMETER ResultFile
    Where to write the results, in JUnit's XML.
#>
[CmdletBinding()]
param([string] $ResultFile)

$ErrorActionPreference = 'Stop'
if ($env:PROCESSTOOLS_PESTER) {
    $env:PSModulePath = $env:PROCESSTOOLS_PESTER + [System.IO.Path]::PathSeparator + $env:PSModulePath
}

$found = Get-Module Pester -ListAvailable | Where-Object Version -ge ([version] '5.0') | Sort-Object Version -Descending | Select-Object -First 1
if (-not $found) {
    Write-Host 'There is no Pester 5 or later on PSModulePath. Install it, or name its folder in PROCESSTOOLS_PESTER.'
    exit 2
}

Import-Module $found.Path
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
if ($ResultFile) {
    $null = New-Item (Split-Path $ResultFile) -ItemType Directory -Force
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputFormat = 'JUnitXml'
    $configuration.TestResult.OutputPath = $ResultFile
}

$result = Invoke-Pester -Configuration $configuration
# A file that fails before its first test counts as failed, too.
exit [int]($result.Result -ne 'Passed')
