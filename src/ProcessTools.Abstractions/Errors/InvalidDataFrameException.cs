using System.Management.Automation;

namespace ProcessTools;

/// <summary>Bytes that came from another process are not what they should be: cut, oversized, or garbage. Nothing of them was used.</summary>
public sealed class InvalidDataFrameException : ProcessToolsException
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong with the data.</param>
    /// <param name="innerException">The cause, or null.</param>
    internal InvalidDataFrameException(string message, Exception? innerException = null)
        : base("InvalidData", ErrorCategory.InvalidData, message, null, innerException)
    {
    }
}
