<#
.SYNOPSIS
    Counts members, words and phrases of the .NET reference assemblies' XML documentation with several worker processes.
.DESCRIPTION
    The files are on every machine with the .NET SDK. The work has two stages. In the first, each worker parses its share of the files,
    counts the documented members, and deals out the phrases, which are two or three words in a row, to one file for each worker of the
    next stage. In the second, each worker counts the phrases that were dealt to it. The same is then done in this process alone, the
    totals are compared, and a table shows them with both times. It uses the language, .NET and ProcessTools only, so that it also
    runs without PowerShell:

    dotnet run -c Release --project src/ProcessTools.Runner -- src/Examples/quickstart.ps1
.PARAMETER Workers
    How many workers each stage has; as many as there are processors, when it is not given.
.PARAMETER MaxMegabytes
    How much documentation to read at most.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 64)]
    [int] $Workers = [Math]::Max(2, [Environment]::ProcessorCount),

    [ValidateRange(1, 10000)]
    [int] $MaxMegabytes = 60
)

$ErrorActionPreference = 'Stop'
# From the checkout, the manifest is two folders up; in an installed module, one.
$manifest = foreach ($folder in '../..', '..') {
    $candidate = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, $folder, 'ProcessTools.psd1'))
    if ([System.IO.File]::Exists($candidate)) { $candidate; break }
}
Import-Module $manifest

# Stage 1: how many members of each kind the files document, and their words; the phrases go to files, the same phrase always
# to the file of the same number.
function ConvertFrom-Documentation([string[]] $Files, [string] $TargetPrefix, [int] $Deal) {
    $kinds = @{ M = 'Methods'; P = 'Properties'; T = 'Types'; F = 'Fields'; E = 'Events' }
    $totals = [ordered]@{ Types = 0; Methods = 0; Properties = 0; Fields = 0; Events = 0; Words = 0 }
    $separators = [char[]] " `t`r`n,.;:()<>`"'"
    $targets = @(foreach ($number in 1..$Deal) { [System.IO.StreamWriter]::new("$TargetPrefix-$number.txt") })
    try {
        foreach ($file in $Files) {
            $reader = [System.Xml.XmlReader]::Create($file)
            $found = $reader.ReadToFollowing('member')
            while ($found) {
                $kind = $kinds[$reader.GetAttribute('name').Substring(0, 1)]
                if ($kind) { $totals[$kind]++ }
                $text = [System.Xml.Linq.XNode]::ReadFrom($reader).Value.ToLowerInvariant()
                $before = $earlier = $null
                foreach ($word in $text.Split($separators, [StringSplitOptions]::RemoveEmptyEntries)) {
                    $totals.Words++
                    if ($before) {
                        $target = $targets[($before.Length * 7 + $word.Length) % $Deal]
                        $target.WriteLine("$before $word")
                        if ($earlier) { $target.WriteLine("$earlier $before $word") }
                    }
                    $earlier = $before
                    $before = $word
                }
                # ReadFrom has moved on, perhaps to the next member already.
                $found = ($reader.NodeType -eq 'Element' -and $reader.Name -eq 'member') -or $reader.ReadToFollowing('member')
            }
            $reader.Dispose()
        }
    }
    finally {
        foreach ($target in $targets) { $target.Dispose() }
    }
    [pscustomobject] $totals
}

# Stage 2: how many phrases the files have, how many different ones, and the most frequent of them.
function Measure-Phrase([string[]] $Files) {
    $count = 0
    $frequency = [hashtable]::new([StringComparer]::Ordinal)
    foreach ($file in $Files) {
        foreach ($phrase in [System.IO.File]::ReadLines($file)) {
            $count++
            $frequency[$phrase]++
        }
    }
    $top = [pscustomobject]@{ Phrase = ''; Count = 0 }
    foreach ($entry in $frequency.GetEnumerator()) {
        if ($entry.Value -gt $top.Count) { $top = [pscustomobject]@{ Phrase = $entry.Key; Count = $entry.Value } }
    }
    [pscustomobject]@{ Phrases = $count; Different = $frequency.Count; Top = $top }
}

# The sum of what both stages found, whoever did them.
function Add-Total($Members, $Phrases) {
    $sum = [ordered]@{ Types = 0; Methods = 0; Properties = 0; Fields = 0; Events = 0; Words = 0; Phrases = 0; 'Different phrases' = 0 }
    foreach ($part in $Members) { foreach ($property in $part.psobject.Properties) { $sum[$property.Name] += $property.Value } }
    $top = $null
    foreach ($part in $Phrases) {
        $sum.Phrases += $part.Phrases
        $sum.'Different phrases' += $part.Different
        if ($null -eq $top -or $part.Top.Count -gt $top.Count) { $top = $part.Top }
    }
    $sum["'$($top.Phrase)'"] = $top.Count
    $sum
}

function Get-DocumentationFile {
    $dotnet = $env:DOTNET_ROOT
    if (-not $dotnet -or -not [System.IO.Directory]::Exists("$dotnet/packs")) {
        # The runtime's own folder is <root>/shared/Microsoft.NETCore.App/<version>; PowerShell's may be elsewhere, so look around too.
        $runtime = [System.Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()
        $dotnet = foreach ($root in [System.IO.Path]::GetFullPath("$runtime/../../.."), '/usr/share/dotnet', '/usr/lib/dotnet', '/usr/local/share/dotnet', "$HOME/.dotnet", "$env:ProgramFiles/dotnet") {
            if ([System.IO.Directory]::Exists("$root/packs")) { $root; break }
        }
    }
    if (-not $dotnet) { throw 'There is no .NET SDK here. Name its folder in the environment variable DOTNET_ROOT.' }

    $left = $MaxMegabytes * 1MB
    $files = foreach ($pack in [System.IO.Directory]::GetDirectories("$dotnet/packs", '*.Ref')) {
        [System.IO.Directory]::GetFiles($pack, '*.xml', [System.IO.SearchOption]::AllDirectories)
    }
    foreach ($file in [System.IO.FileInfo[]] $files) {
        if ($file.FullName.Contains("$([System.IO.Path]::DirectorySeparatorChar)ref$([System.IO.Path]::DirectorySeparatorChar)") -and $file.Length -le $left) {
            $left -= $file.Length
            $file
        }
    }
}

# The biggest files first, each to the share that has the least: shares of equal size, and so workers that end together.
function Split-Work([System.IO.FileInfo[]] $Files, [int] $Count) {
    $shares = foreach ($i in 1..$Count) { @{ Size = 0; Files = [System.Collections.Generic.List[string]]::new() } }
    [Array]::Sort($Files, [System.Comparison[System.IO.FileInfo]] { param($a, $b) $b.Length.CompareTo($a.Length) })
    foreach ($file in $Files) {
        $least = $shares[0]
        foreach ($share in $shares) { if ($share.Size -lt $least.Size) { $least = $share } }
        $least.Size += $file.Length
        $least.Files.Add($file.FullName)
    }
    foreach ($share in $shares) { if ($share.Files.Count) { , $share.Files.ToArray() } }
}

$files = @(Get-DocumentationFile)
$size = 0
foreach ($file in $files) { $size += $file.Length }
'{0} files, {1:0.0} MB of documentation, {2} workers' -f $files.Count, ($size / 1MB), $Workers

$folder = [System.IO.Directory]::CreateTempSubdirectory('processtools-quickstart-').FullName
try {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $shares = @(Split-Work $files $Workers)
    # The functions come along by themselves, because the script blocks call them.
    $parsers = foreach ($share in $shares) {
        $prefix = "$folder/$([guid]::NewGuid())"
        Start-WorkerProcess { param($files, $prefix) ConvertFrom-Documentation $files $prefix $using:Workers } -ArgumentList $share, $prefix -Name parse
    }
    $members = $parsers | Receive-Job -Wait -AutoRemoveJob
    $counters = foreach ($number in 1..$Workers) {
        $dealt = [System.IO.Directory]::GetFiles($folder, "*-$number.txt")
        Start-WorkerProcess { Measure-Phrase $using:dealt } -Name count
    }
    $several = Add-Total $members ($counters | Receive-Job -Wait -AutoRemoveJob)
    $severalSeconds = $clock.Elapsed.TotalSeconds

    $clock.Restart()
    $members = ConvertFrom-Documentation $files.FullName "$folder/all" 1
    $one = Add-Total $members (Measure-Phrase "$folder/all-1.txt")
    $oneSeconds = $clock.Elapsed.TotalSeconds
}
finally {
    [System.IO.Directory]::Delete($folder, $true)
}

foreach ($key in $one.Keys) {
    [pscustomobject]@{ Counted = $key; OneProcess = $one[$key]; Workers = $several[$key]; Equal = $one[$key] -eq $several[$key] }
    if ($one[$key] -ne $several[$key]) { $different = $true }
}
[pscustomobject]@{ Counted = 'Seconds'; OneProcess = [Math]::Round($oneSeconds, 2); Workers = [Math]::Round($severalSeconds, 2); Equal = $null }
if ($different) { throw 'The workers counted something else than one process.' }
'The workers took {0:0.00} s, one process {1:0.00} s: {2:0.0} times as fast, with the same totals.' -f $severalSeconds, $oneSeconds, ($oneSeconds / $severalSeconds)
