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

$dotnet = $env:DOTNET_ROOT
if (-not $dotnet -or -not [System.IO.Directory]::Exists("$dotnet/packs")) {
    # The runtime's own folder is <root>/shared/Microsoft.NETCore.App/<version>; PowerShell's may be elsewhere, so look around too.
    $runtime = [System.Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()
    $dotnet = foreach ($root in [System.IO.Path]::GetFullPath("$runtime/../../.."), '/usr/share/dotnet', '/usr/lib/dotnet', '/usr/local/share/dotnet', "$HOME/.dotnet", "$env:ProgramFiles/dotnet") {
        if ([System.IO.Directory]::Exists("$root/packs")) { $root; break }
    }
}
if (-not $dotnet) { throw 'There is no .NET SDK here. Name its folder in the environment variable DOTNET_ROOT.' }

$separator = [System.IO.Path]::DirectorySeparatorChar
$left = $MaxMegabytes * 1MB
[System.IO.FileInfo[]] $files = foreach ($pack in [System.IO.Directory]::GetDirectories("$dotnet/packs", '*.Ref')) {
    foreach ($file in [System.IO.FileInfo[]] [System.IO.Directory]::GetFiles($pack, '*.xml', [System.IO.SearchOption]::AllDirectories)) {
        if ($file.FullName.Contains("${separator}ref${separator}") -and $file.Length -le $left) {
            $left -= $file.Length
            $file
        }
    }
}
[Array]::Sort($files, [System.Comparison[System.IO.FileInfo]] { param($a, $b) $b.Length.CompareTo($a.Length) })
$files
