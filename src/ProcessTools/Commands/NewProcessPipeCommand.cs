using System.Management.Automation;
using ProcessTools.Engine.Pipes;

namespace ProcessTools.Commands;

/// <summary><c>New-ProcessPipe</c>: makes a pipe between two processes and returns its two ends.</summary>
[Cmdlet(VerbsCommon.New, "ProcessPipe", SupportsShouldProcess = true)]
[OutputType(typeof(ProcessPipeEnd))]
public sealed class NewProcessPipeCommand : PSCmdlet
{
    /// <summary>The first end only sends, the second only receives.</summary>
    [Parameter]
    public SwitchParameter OneWay { get; set; }

    /// <summary>What the pipe goes through.</summary>
    [Parameter]
    public PipeTransport Transport { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!ShouldProcess(OneWay ? "a one-way pipe" : "a pipe", "Make a process pipe"))
        {
            return;
        }

        try
        {
            ProcessPipeEnd first;
            ProcessPipeEnd second;
            if (Transport == PipeTransport.Socket)
            {
                (first, second) = SocketPipeEnd.CreatePair(OneWay);
            }
            else
            {
                (first, second) = MemoryPipeEnd.Create(OneWay);
            }

            WriteObject(first);
            WriteObject(second);
        }
        catch (ProcessToolsException exception)
        {
            ThrowTerminatingError(exception.ErrorRecord);
        }
    }
}
