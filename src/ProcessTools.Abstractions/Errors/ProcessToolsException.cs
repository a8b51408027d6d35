using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// The base of every error that ProcessTools itself reports. Each has an <see cref="ErrorId"/> that never changes, so that scripts
/// can test it, and a message that says what happened, to what, and what to do.
/// </summary>
public abstract class ProcessToolsException : Exception, IContainsErrorRecord
{
    private ErrorRecord? _errorRecord;

    /// <summary>Makes the error.</summary>
    /// <param name="errorId">The stable identifier, PascalCase, without a command's name: <c>WorkerCrashed</c>.</param>
    /// <param name="category">PowerShell's category for it; never <see cref="ErrorCategory.NotSpecified"/>.</param>
    /// <param name="message">What happened, to what, and what to do.</param>
    /// <param name="target">The object that the error is about, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    private protected ProcessToolsException(
        string errorId, ErrorCategory category, string message, object? target = null, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorId = errorId;
        Category = category;
        Target = target;
    }

    /// <summary>The stable identifier, as it starts <c>FullyQualifiedErrorId</c>.</summary>
    public string ErrorId { get; }

    /// <summary>PowerShell's category of the error.</summary>
    public ErrorCategory Category { get; }

    /// <summary>The object that the error is about, or null.</summary>
    public object? Target { get; }

    /// <summary>The error as PowerShell shows it. Made once, on first use; not thread-safe before that, harmless after.</summary>
    public ErrorRecord ErrorRecord => _errorRecord ??= new ErrorRecord(this, ErrorId, Category, Target);
}
