using System.Management.Automation;
using System.Management.Automation.Host;

namespace ProcessTools.Runner;

/// <summary>The console as scripts write to it. What they ask of it is in the other part.</summary>
internal sealed partial class RunnerHostUserInterface : PSHostUserInterface
{
    private readonly ConsoleWriter _console;
    private readonly StandardInput _input;

    /// <summary>Makes the user interface.</summary>
    /// <param name="console">Where output goes.</param>
    /// <param name="input">Where answers come from.</param>
    public RunnerHostUserInterface(ConsoleWriter console, StandardInput input)
    {
        _console = console;
        _input = input;
        RawUI = new RunnerRawUserInterface(console);
    }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; }

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => _console.OutputIsTerminal;

    /// <summary>Whether lines go to standard error, while the error that ended the script is shown.</summary>
    public bool OutputGoesToError { get; set; }

    /// <summary>Takes the progress line off the screen.</summary>
    public void ClearProgress() => _console.ShowProgress("");

    /// <inheritdoc/>
    public override void Write(string value) => _console.Write(value);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        _console.Write(foregroundColor, backgroundColor, value);

    /// <inheritdoc/>
    public override void WriteLine(string value)
    {
        if (OutputGoesToError)
        {
            _console.WriteErrorLine(value);
        }
        else
        {
            _console.Write(value + Environment.NewLine);
        }
    }

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => _console.WriteErrorLine(Styled(FormatStyle.Error, value));

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteStyledLine(FormatStyle.Warning, "WARNING: " + message);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteStyledLine(FormatStyle.Verbose, "VERBOSE: " + message);

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteStyledLine(FormatStyle.Debug, "DEBUG: " + message);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (record.RecordType == ProgressRecordType.Completed)
        {
            ClearProgress();
            return;
        }

        string percent = record.PercentComplete >= 0 ? $" {record.PercentComplete}%" : "";
        _console.ShowProgress($"{record.Activity}: {record.StatusDescription}{percent}");
    }

    private static string Styled(FormatStyle style, string text)
    {
        string colour = GetFormatStyleString(style);
        return colour.Length == 0 || text.Contains('\u001b', StringComparison.Ordinal) ? text : colour + text + "\u001b[0m";
    }

    private void WriteStyledLine(FormatStyle style, string text) => WriteLine(Styled(style, text));
}
