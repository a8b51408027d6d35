using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// An exception that another process threw and whose type cannot be rebuilt here, such as one of a class that a script defined. It names
/// that type and keeps the message, the stack and the inner exception.
/// </summary>
public sealed class RemoteWorkerException : ProcessToolsException
{
    /// <summary>Makes the error.</summary>
    /// <param name="remoteTypeName">The full name of the exception's type in the process that threw it.</param>
    /// <param name="message">The original message.</param>
    /// <param name="remoteStackTrace">The stack in the process that threw it, or null.</param>
    /// <param name="innerException">The original inner exception, or null.</param>
    internal RemoteWorkerException(string remoteTypeName, string message, string? remoteStackTrace = null, Exception? innerException = null)
        : base("RemoteWorkerError", ErrorCategory.InvalidResult, message, null, innerException)
    {
        RemoteTypeName = remoteTypeName;
        RemoteStackTrace = remoteStackTrace;
    }

    /// <summary>The full name of the exception's type in the process that threw it.</summary>
    public string RemoteTypeName { get; }

    /// <summary>The stack in the process that threw it, or null.</summary>
    public string? RemoteStackTrace { get; }

    /// <summary>The text of the error with the remote stack and the name of the original type.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{base.ToString()}{Environment.NewLine}--- This was {RemoteTypeName} in the process that threw it. ---";
}
