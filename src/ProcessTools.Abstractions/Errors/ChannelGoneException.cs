using System.Management.Automation;

namespace ProcessTools;

/// <summary>A channel that was sent here no longer exists. ErrorId <c>ChannelGone</c>.</summary>
public sealed class ChannelGoneException : ProcessToolsException
{
    internal ChannelGoneException(string id, Exception? innerException = null)
        : base(
            "ChannelGone",
            ErrorCategory.ResourceUnavailable,
            $"The channel '{id}' that was sent here no longer exists: everybody who held it has closed it or ended.",
            id,
            innerException)
    {
    }
}
