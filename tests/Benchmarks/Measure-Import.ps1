#Requires -Version 7.4
<#
.SYNOPSIS
    Measures what importing ProcessTools costs over importing an empty binary module.
.DESCRIPTION
    Every import is the first one of a fresh process, and the two modules take turns, so that what else the machine does hits
    both alike. The target: at most 80 ms over the empty module, comparing medians of one run.
.PARAMETER Count
    How many imports of each module.
#>
[CmdletBinding()]
param([ValidateRange(3, 1000)] [int] $Count = 15)

$ErrorActionPreference = 'Stop'
$target = 80
$root = Split-Path (Split-Path $PSScriptRoot)
$folder = Join-Path ([System.IO.Path]::GetTempPath()) "processtools-import-$PID"
$null = New-Item $folder -ItemType Directory

function Get-Median([double[]] $Values) {
    $sorted = @($Values | Sort-Object)
    ($sorted[[Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[Math]::Ceiling(($sorted.Count - 1) / 2)]) / 2
}

try {
    # An empty module of the same form: a manifest, a dll, one cmdlet, exported by name.
    Add-Type -OutputAssembly (Join-Path $folder Empty.dll) -OutputType Library -TypeDefinition @'
using System.Management.Automation;
[Cmdlet(VerbsDiagnostic.Test, "Empty")]
public sealed class TestEmptyCommand : PSCmdlet { }
'@
    Set-Content (Join-Path $folder Empty.psd1) "@{ RootModule = 'Empty.dll'; ModuleVersion = '1.0.0'; CmdletsToExport = @('Test-Empty'); FunctionsToExport = @(); AliasesToExport = @(); VariablesToExport = @() }"

    $modules = [ordered]@{
        'Empty binary module' = Join-Path $folder Empty.psd1
        'ProcessTools'        = Join-Path $root ProcessTools.psd1
    }
    $times = @{}
    foreach ($name in $modules.Keys) { $times[$name] = [System.Collections.Generic.List[double]]::new() }
    foreach ($i in 0..$Count) {
        foreach ($name in $modules.Keys) {
            $script = "`$clock = [System.Diagnostics.Stopwatch]::StartNew(); Import-Module '$($modules[$name])'; `$clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
            $time = [double]::Parse((& ([Environment]::ProcessPath) -NoProfile -Command $script), [cultureinfo]::InvariantCulture)
            # The first round only fills the file cache.
            if ($i -gt 0) { $times[$name].Add($time) }
        }
    }
}
finally {
    Remove-Item $folder -Recurse -Force
}

$empty = Get-Median $times['Empty binary module']
foreach ($name in $modules.Keys) {
    $median = Get-Median $times[$name]
    [pscustomobject]@{
        Module   = $name
        MedianMs = [Math]::Round($median, 1)
        OverMs   = [Math]::Round($median - $empty, 1)
        Target   = if ($name -eq 'ProcessTools') { "at most $target ms over" }
        Met      = if ($name -eq 'ProcessTools') { $median - $empty -le $target }
    }
}
