using System.Management.Automation;

namespace ProcessTools;

/// <summary>Somebody else listens at the address. ErrorId <c>AddressInUse</c>.</summary>
public sealed class AddressInUseException : ProcessToolsException
{
    internal AddressInUseException(string address, Exception? innerException = null)
        : base(
            "AddressInUse",
            ErrorCategory.ResourceBusy,
            $"Somebody listens at '{address}' already. Take another address; with port 0 the system chooses a free one.",
            address,
            innerException)
    {
    }
}
