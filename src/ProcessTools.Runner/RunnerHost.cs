using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace ProcessTools.Runner;

/// <summary>The host that scripts see as <c>$Host</c>: the console, without a prompt.</summary>
internal sealed class RunnerHost : PSHost
{
    private readonly RunnerHostUserInterface _ui;

    /// <summary>Makes the host.</summary>
    /// <param name="ui">The console.</param>
    public RunnerHost(RunnerHostUserInterface ui)
    {
        _ui = ui;
    }

    /// <summary>The code that the script gave to <c>exit</c>, where that came up to the host; otherwise null.</summary>
    public int? RequestedExitCode { get; private set; }

    /// <inheritdoc/>
    public override string Name => "ProcessTools.Runner";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(RunnerHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override PSHostUserInterface UI => _ui;

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => RequestedExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new PSNotSupportedException("The runner has no prompt to enter.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new PSNotSupportedException("The runner has no prompt to leave.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // A program that the script starts writes to the console directly: the progress line must not be in its way.
        _ui.ClearProgress();
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // Nothing was changed for the program's sake.
    }
}
