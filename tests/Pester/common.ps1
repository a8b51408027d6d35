# The first line of each test file dot-sources this: the module under test is the one that the build has staged, never another.
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $root ProcessTools.psd1) -Force
