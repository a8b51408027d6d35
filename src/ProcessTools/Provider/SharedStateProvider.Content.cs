using System.Management.Automation.Provider;

namespace ProcessTools.Provider;

/// <content>The value of an item as its content, which is what <c>$shared:name</c> reads and writes.</content>
public sealed partial class SharedStateProvider : IContentCmdletProvider
{
    /// <inheritdoc/>
    public IContentReader GetContentReader(string path) => new StateContentReader(Follow(path));

    /// <inheritdoc/>
    public object? GetContentReaderDynamicParameters(string path) => null;

    /// <inheritdoc/>
    public IContentWriter GetContentWriter(string path) => new StateContentWriter(Follow(path), path, WriteError);

    /// <inheritdoc/>
    public object? GetContentWriterDynamicParameters(string path) => null;

    /// <summary>
    /// Clears an item, when that is what the user asked for. PowerShell also calls this before each <c>$shared:name = …</c> and Set-Content, where it must do nothing: others would see the item without its value, or an object lose
    /// its entries to an assignment that is refused. Only Clear-Content brings what <see cref="ClearContentDynamicParameters"/> returned.
    /// </summary>
    public void ClearContent(string path)
    {
        if (DynamicParameters is ClearContentRequest)
        {
            // Clear-Content has asked whether to, or was told not to ask.
            Try(path, place =>
            {
                if (ShouldProcess(path, "Clear the shared value"))
                {
                    place.Clear();
                }

                return true;
            });
        }
    }

    /// <inheritdoc/>
    public object? ClearContentDynamicParameters(string path) => new ClearContentRequest();

    private sealed class ClearContentRequest;
}
