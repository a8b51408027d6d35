using System.Management.Automation;

namespace ProcessTools;

/// <summary>An object cannot be sent to another process. The message names the way to the member at fault, as in <c>$.Items[3].Owner</c>.</summary>
public sealed class NotSerializableException : ProcessToolsException
{
    /// <summary>Makes the error.</summary>
    /// <param name="path">The way from the object sent to the member at fault; <c>$</c> is the object itself.</param>
    /// <param name="message">What is wrong there and what to do, without the path.</param>
    /// <param name="target">The object that was to be sent, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    internal NotSerializableException(string path, string message, object? target = null, Exception? innerException = null)
        : base("NotSerializable", ErrorCategory.InvalidType, $"Cannot send {path}: {message}", target, innerException)
    {
        Path = path;
    }

    /// <summary>The way from the object sent to the member at fault; <c>$</c> is the object itself.</summary>
    public string Path { get; }
}
