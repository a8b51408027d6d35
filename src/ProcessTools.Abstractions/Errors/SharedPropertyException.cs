using System.Management.Automation;

namespace ProcessTools;

/// <summary>
/// A property of a shared object could not be read. PowerShell makes nothing of the errors of properties, except of this kind, which it throws: so a state that is lost is an error and not <c>$null</c>. The error, its ErrorId and what
/// <c>catch</c> matches are those of <see cref="Exception.InnerException"/>.
/// </summary>
public sealed class SharedPropertyException : MethodException
{
    private readonly ProcessToolsException _cause;

    internal SharedPropertyException(ProcessToolsException cause)
        : base(cause.Message, cause)
    {
        _cause = cause;
    }

    /// <summary>The error as PowerShell shows it: that of the cause.</summary>
    public override ErrorRecord ErrorRecord => _cause.ErrorRecord;
}
