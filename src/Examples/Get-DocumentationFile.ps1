<#
.SYNOPSIS
    Gets the XML documentation files of the .NET reference assemblies, which are on every machine with the .NET SDK: the examples' input.
.DESCRIPTION
    The biggest files come first, so that workers which share them end at about the same time.
.PARAMETER MaxMegabytes
    How much documentation to get at most.
#>
[CmdletBinding()]
[OutputType([System.IO.FileInfo])]
param(
    [Parameter(Mandatory)]
    [ValidateRange(1, 10000)]
    [int] $MaxMegabytes
)

$roots = @(
    $env:DOTNET_ROOT
    # The runtime's own folder is <root>/shared/Microsoft.NETCore.App/<version>; PowerShell's may be elsewhere.
    Join-Path ([System.Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()) ../../..
    '/usr/share/dotnet', '/usr/lib/dotnet', '/usr/local/share/dotnet', "$HOME/.dotnet", "$env:ProgramFiles/dotnet"
) | Where-Object { $_ -and (Test-Path "$_/packs") }
if (-not $roots) { throw 'There is no .NET SDK here. Name its folder in the environment variable DOTNET_ROOT.' }

$left = $MaxMegabytes * 1MB
Get-ChildItem "$($roots[0])/packs/*.Ref" -Recurse -Filter *.xml |
    Where-Object { $_.FullName -match '[\\/]ref[\\/]' } |
    Where-Object { $fits = $_.Length -le $left; if ($fits) { $left -= $_.Length }; $fits } |
    Sort-Object Length -Descending
