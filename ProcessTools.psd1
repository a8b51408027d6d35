@{
    RootModule           = 'bin/ProcessTools.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = 'c567c81f-b3b2-4fbf-9b31-11f74456ac78'
    Author               = 'The ProcessTools authors'
    CompanyName          = 'ProcessTools'
    Copyright            = '(c) 2026 the ProcessTools authors. MIT license.'
    Description          = 'Worker processes for PowerShell: what multiprocessing and subprocess are to Python, with pools that run script blocks on any number of objects in several processes, queues and pipes of objects between processes, and dictionaries, lists, counters and locks that processes share, in shared memory. A worker is a job in a process of its own that starts in milliseconds, streams its output live, keeps types and error records, and ends with its parent.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')

    TypesToProcess       = @('bin/ProcessTools.Types.ps1xml')
    FormatsToProcess     = @('bin/ProcessTools.Format.ps1xml')

    # By name, so that PowerShell finds a command's module without loading it.
    CmdletsToExport      = @(
        'Connect-ProcessPipe', 'Get-ProcessPool', 'Get-SharedState', 'Invoke-ProcessPool', 'New-ProcessListener', 'New-ProcessPipe', 'New-ProcessPool',
        'New-ProcessQueue', 'Receive-ProcessMessage', 'Remove-ProcessPool', 'Remove-SharedState', 'Send-ProcessMessage', 'Start-WorkerProcess', 'Use-SharedLock', 'Wait-ProcessFuture'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()

    PrivateData          = @{
        PSData = @{
            Tags         = @(
                'Process', 'Multiprocessing', 'Parallel', 'Worker', 'Job', 'Subprocess', 'Concurrency', 'Pool', 'Future', 'Queue', 'Pipe', 'IPC', 'Lock', 'SharedMemory',
                'PSEdition_Core', 'Linux', 'MacOS', 'Windows'
            )
            ReleaseNotes = 'CHANGELOG.md in the package says what is new.'
        }
    }
}
