<#
.SYNOPSIS
    Counts members and words of the .NET reference assemblies' XML documentation with several worker processes.
.DESCRIPTION
    The files are on every machine with the .NET SDK. The work has two stages. In the first, workers parse the files and write a text
    file each with what they found; in the second, workers count what is in those. The same is then done without workers, the
    totals are compared, and a table shows both times. It uses the language, .NET and ProcessTools only, so that it also runs
    without PowerShell:

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

# Stage 1: the members of a file and the words of their documentation, one member a line: its kind, a tab, its text.
function ConvertFrom-Documentation([string] $Path, [System.IO.TextWriter] $Target) {
    $settings = [System.Xml.XmlReaderSettings]@{ IgnoreWhitespace = $false; IgnoreComments = $true }
    $reader = [System.Xml.XmlReader]::Create($Path, $settings)
    try {
        $found = $reader.ReadToFollowing('member')
        while ($found) {
            $kind = $reader.GetAttribute('name').Substring(0, 1)
            $member = [System.Xml.Linq.XNode]::ReadFrom($reader)
            $Target.WriteLine($kind + "`t" + $member.Value.Replace("`n", ' ').Replace("`r", ' '))
            $found = if ($reader.NodeType -eq 'Element' -and $reader.Name -eq 'member') { $true } else { $reader.ReadToFollowing('member') }
        }
    }
    finally {
        $reader.Dispose()
    }
}

# Stage 2: how many members of each kind a text of stage 1 has, how many words, and how often each of the longer words.
function Measure-Documentation([string] $Path) {
    $kinds = @{ M = 'Methods'; P = 'Properties'; T = 'Types'; F = 'Fields'; E = 'Events' }
    $totals = [ordered]@{ Methods = 0; Properties = 0; Types = 0; Fields = 0; Events = 0; Words = 0 }
    $frequency = @{}
    $separators = [char[]] " `t,.;:()"
    foreach ($line in [System.IO.File]::ReadLines($Path)) {
        $kind = $kinds[$line.Substring(0, 1)]
        if ($kind) { $totals[$kind]++ }
        foreach ($word in $line.Substring(2).Split($separators, [StringSplitOptions]::RemoveEmptyEntries)) {
            $totals.Words++
            if ($word.Length -ge 6) { $frequency[$word]++ }
        }
    }
    [pscustomobject]@{ Totals = $totals; Frequency = $frequency }
}

# What one worker does in each stage, for its share of the files.
function Invoke-ParseStage([string[]] $Files, [string] $Target) {
    $writer = [System.IO.StreamWriter]::new($Target)
    try { foreach ($file in $Files) { ConvertFrom-Documentation $file $writer } } finally { $writer.Dispose() }
    $Target
}

# The sum of what the workers counted, with the longer words' number and the most frequent of them.
function Add-Total($Parts) {
    $sum = [ordered]@{ Methods = 0; Properties = 0; Types = 0; Fields = 0; Events = 0; Words = 0 }
    $frequency = @{}
    foreach ($part in $Parts) {
        foreach ($key in @($sum.Keys)) { $sum[$key] += $part.Totals[$key] }
        foreach ($entry in $part.Frequency.GetEnumerator()) { $frequency[$entry.Key] += $entry.Value }
    }
    $top = $null
    foreach ($entry in $frequency.GetEnumerator()) {
        if ($null -eq $top -or $entry.Value -gt $top.Value -or ($entry.Value -eq $top.Value -and $entry.Key -lt $top.Key)) { $top = $entry }
    }
    $sum['Different long words'] = $frequency.Count
    $sum["'$($top.Key)'"] = $top.Value
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
        Start-WorkerProcess { param($files, $target) Invoke-ParseStage $files $target } -ArgumentList $share, "$folder/$([guid]::NewGuid()).txt" -Name parse
    }
    $texts = $parsers | Receive-Job -Wait -AutoRemoveJob
    $counters = foreach ($text in $texts) {
        Start-WorkerProcess { Measure-Documentation $using:text } -Name count
    }
    $several = Add-Total ($counters | Receive-Job -Wait -AutoRemoveJob)
    $severalSeconds = $clock.Elapsed.TotalSeconds

    $clock.Restart()
    $one = Add-Total (Measure-Documentation (Invoke-ParseStage $files.FullName "$folder/all.txt"))
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
