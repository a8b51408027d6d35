using System.Globalization;
using System.Management.Automation.Host;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>The PowerShell host in a worker: nobody to ask, and what is written to it goes to the information stream.</summary>
internal sealed class WorkerHost(WorkerOutput output) : PSHost
{
    private readonly WorkerHostUserInterface _ui = new(output);

    /// <inheritdoc/>
    public override string Name => "ProcessTools.Worker";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(WorkerHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => _ui;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => Culture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => UICulture;

    /// <summary>The caller's culture for numbers and dates; the engine gives it to each pipeline's thread.</summary>
    public CultureInfo Culture { get; set; } = CultureInfo.CurrentCulture;

    /// <summary>The caller's culture for messages.</summary>
    public CultureInfo UICulture { get; set; } = CultureInfo.CurrentUICulture;

    /// <summary>What the script gave to <c>exit</c>, or null when it did not call it.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new PromptNotSupportedException("A nested prompt");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new PromptNotSupportedException("A nested prompt");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // A native program has no console to take over here.
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // See above.
    }
}
