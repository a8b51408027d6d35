using System.Management.Automation;
using ProcessTools.Engine.Queues;
using ProcessTools.Engine.Queues.Durable;

namespace ProcessTools.Commands;

/// <summary><c>New-ProcessQueue</c>: makes a queue between processes, or finds the one of a name or a folder.</summary>
[Cmdlet(VerbsCommon.New, "ProcessQueue", DefaultParameterSetName = MemorySet, SupportsShouldProcess = true)]
[OutputType(typeof(ProcessQueue))]
public sealed class NewProcessQueueCommand : PSCmdlet
{
    private const string MemorySet = "Memory";
    private const string DurableSet = "Durable";

    // Leases shorter than that end while their items are on their way to the consumer.
    private static readonly TimeSpan s_shortestLease = TimeSpan.FromMilliseconds(100);

    /// <summary>The name by which other processes meet it.</summary>
    [Parameter(Position = 0, ParameterSetName = MemorySet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(QueueNameCompleter))]
    public string? Name { get; set; }

    /// <summary>The folder that keeps a durable queue.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DurableSet)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The most items that it holds.</summary>
    [Parameter]
    [Alias("MaxSize")]
    [ValidateRange(1, long.MaxValue)]
    public long? Capacity { get; set; }

    /// <summary>How long a consumer may keep an item.</summary>
    [Parameter(ParameterSetName = DurableSet)]
    [TimeoutTransformation]
    [Alias("Lease")]
    public TimeSpan? LeaseSeconds { get; set; }

    /// <summary>How often an item is given out before it is a dead letter.</summary>
    [Parameter(ParameterSetName = DurableSet)]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxAttempt { get; set; }

    /// <summary>What is on the disk when Put returns.</summary>
    [Parameter(ParameterSetName = DurableSet)]
    public QueueDurability? Durability { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        bool isDurable = ParameterSetName == DurableSet;
        string target = isDurable ? Path : Name ?? "a queue without a name";
        if (!ShouldProcess(target, isDurable ? "Make or open a durable process queue" : "Make a process queue"))
        {
            return;
        }

        try
        {
            WriteObject(isDurable ? OpenDurable() : MemoryQueue.Create(Name, Capacity));
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }

    private DurableQueue OpenDurable()
    {
        if (LeaseSeconds is { } lease && lease < s_shortestLease)
        {
            ArgumentOutOfRangeException fault = new(nameof(LeaseSeconds), lease, "A lease is a tenth of a second or longer.");
            ThrowTerminatingError(new ErrorRecord(fault, "LeaseInvalid", ErrorCategory.InvalidArgument, lease));
        }

        DurableQueueOptions options = new() { Capacity = Capacity, Lease = LeaseSeconds, MaxAttempts = MaxAttempt, Durability = Durability };
        DurableQueue queue = DurableQueue.Open(FolderOf(Path), options, out string? report);
        if (report is not null)
        {
            WriteWarning(report);
        }

        return queue;
    }

    /// <summary>The folder of the file system that a path of PowerShell is.</summary>
    private string FolderOf(string path)
    {
        string folder = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
        {
            NotSupportedException fault = new($"A durable queue is a folder of the file system; '{path}' belongs to the provider {provider.Name}.");
            ThrowTerminatingError(new ErrorRecord(fault, "PathNotFileSystem", ErrorCategory.InvalidArgument, path));
        }

        return folder;
    }
}
