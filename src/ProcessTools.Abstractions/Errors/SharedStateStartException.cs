using System.Management.Automation;

namespace ProcessTools;

/// <summary>The host of a named state could not be started. ErrorId <c>SharedStateStartFailed</c>.</summary>
public sealed class SharedStateStartException : ProcessToolsException
{
    internal SharedStateStartException(string name, string reason, Exception? innerException = null)
        : base(
            "SharedStateStartFailed",
            ErrorCategory.OpenError,
            $"The shared state '{name}' could not be made: {reason}",
            name,
            innerException)
    {
    }
}
