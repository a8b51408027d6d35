namespace ProcessTools.Runner;

/// <summary>The command line cannot be understood. The message is for the person who typed it.</summary>
internal sealed class UsageException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong and how it should be.</param>
    public UsageException(string message)
        : base(message)
    {
    }
}
