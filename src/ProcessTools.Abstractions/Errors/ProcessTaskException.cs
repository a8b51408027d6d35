using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A task ended without a result. Its <see cref="ErrorRecord"/> is the task's own, with its identifier, target, position and stack in the worker; its inner exception is the
/// task's, so that PowerShell's <c>catch [System.IO.FileNotFoundException]</c> catches it.
/// </summary>
/// <remarks>
/// It derives from <see cref="MethodException"/> because PowerShell passes that one on from methods and properties as it is. Any other exception of a property's getter becomes null there.
/// </remarks>
public sealed class ProcessTaskException : MethodException
{
    private readonly ErrorRecord _record;

    internal ProcessTaskException(ErrorRecord record)
        : base(record.ErrorDetails?.Message ?? record.Exception.Message, CauseOf(record.Exception))
    {
        _record = record;
    }

    // PowerShell's catch looks at an exception and at its inner one, no deeper; of an exception that only wraps one, the wrapped one is what people catch.
    private static Exception CauseOf(Exception exception) => exception is RuntimeException { InnerException: { } cause } ? cause : exception;

    /// <summary>The task's error.</summary>
    public override ErrorRecord ErrorRecord => _record;
}
