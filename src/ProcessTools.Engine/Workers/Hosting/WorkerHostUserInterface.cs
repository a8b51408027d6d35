using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using ProcessTools.Engine.Protocol;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>
/// What script in a worker writes to its host becomes records of the information stream, as <c>Write-Host</c>'s; what it asks is refused
/// with an error that says what to do, so that nothing ever waits for a keyboard.
/// </summary>
internal sealed class WorkerHostUserInterface(WorkerOutput output) : PSHostUserInterface
{
    private string? _alreadySent;

    /// <inheritdoc/>
    public override PSHostRawUserInterface? RawUI => null;

    /// <inheritdoc/>
    public override void Write(string value) => Send(value, noNewLine: true, null, null);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Send(value, noNewLine: true, foregroundColor, backgroundColor);

    /// <inheritdoc/>
    public override void WriteLine(string value) => Send(value, noNewLine: false, null, null);

    /// <inheritdoc/>
    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Send(value, noNewLine: false, foregroundColor, backgroundColor);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => Send(value, noNewLine: false, ConsoleColor.Red, null);

    /// <inheritdoc/>
    public override void WriteInformation(InformationRecord record)
    {
        // The engine calls this for a record that also goes through the stream, and then writes its text to the host.
        _alreadySent = (record.MessageData as HostInformationMessage)?.Message;
    }

    /// <inheritdoc/>
    public override void WriteDebugLine(string message)
    {
        // The record is in the debug stream.
    }

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        // The record is in the progress stream.
    }

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message)
    {
        // The record is in the verbose stream.
    }

    /// <inheritdoc/>
    public override void WriteWarningLine(string message)
    {
        // The record is in the warning stream.
    }

    /// <inheritdoc/>
    public override string ReadLine() => throw new PromptNotSupportedException("Reading a line");

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw new PromptNotSupportedException("Reading a secret");

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw new PromptNotSupportedException(Describe("A prompt", caption, message));

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw new PromptNotSupportedException(Describe("A choice", caption, message));

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new PromptNotSupportedException(Describe("A prompt for a credential", caption, message));

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new PromptNotSupportedException(Describe("A prompt for a credential", caption, message));

    private static string Describe(string what, string caption, string message)
    {
        string text = string.Join(": ", new[] { caption, message }.Where(static part => !string.IsNullOrWhiteSpace(part)));
        return text.Length == 0 ? what : $"{what} ('{text}')";
    }

    private void Send(string value, bool noNewLine, ConsoleColor? foreground, ConsoleColor? background)
    {
        string? alreadySent = _alreadySent;
        _alreadySent = null;
        if (alreadySent is not null && alreadySent == value)
        {
            return;
        }

        HostInformationMessage message = new() { Message = value, NoNewLine = noNewLine, ForegroundColor = foreground, BackgroundColor = background };
        InformationRecord record = new(message, "Host");
        record.Tags.Add("PSHOST");
        output.SendObject(WorkerMessageKind.Information, record);
    }
}
