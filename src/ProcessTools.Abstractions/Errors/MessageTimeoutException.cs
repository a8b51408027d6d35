using System.Globalization;
using System.Management.Automation;

namespace ProcessTools;

/// <summary>No message came, or none could be sent, for as long as it was waited for. ErrorId <c>MessageTimeout</c>.</summary>
public sealed class MessageTimeoutException : ProcessToolsException
{
    internal MessageTimeoutException(ProcessChannel? channel, TimeSpan timeout, bool isSend)
        : base("MessageTimeout", ErrorCategory.OperationTimeout, Describe(channel, Seconds(timeout), isSend), channel)
    {
    }

    internal MessageTimeoutException(string folder, TimeSpan timeout)
        : base(
            "MessageTimeout",
            ErrorCategory.OperationTimeout,
            $"No file came into '{folder}' for {Seconds(timeout)} s. Wait longer, or see whether what is there fits -Filter and is no longer being written.",
            folder)
    {
    }

    private static string Seconds(TimeSpan timeout) => timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Describe(ProcessChannel? channel, string seconds, bool isSend) => isSend
        ? $"There was no room in '{channel}' for {seconds} s; the message was not sent. Wait longer, or see whether somebody receives there."
        : $"No message came from {(channel is null ? "the channels" : $"'{channel}'")} for {seconds} s. Wait longer, or see whether the sender runs.";
}
