using System.Text;

namespace ProcessTools;

/// <summary>
/// A file that was taken out of a watched folder: what <c>Receive-ProcessMessage -Path</c> writes. No other process has it until it is done, failed or given back, or until
/// this process ends. All members may be called from any thread.
/// </summary>
public abstract class FolderMessage
{
    private protected FolderMessage()
    {
    }

    /// <summary>The file's name, as it was in the watched folder.</summary>
    public abstract string Name { get; }

    /// <summary>Where the file is now. It changes when the file is done, failed or given back.</summary>
    public abstract string FullName { get; }

    /// <summary>Where the file is now, by the name from which commands such as <c>Get-Content</c> take it literally.</summary>
    public string PSPath => FullName;

    /// <summary>Its bytes, when it was taken.</summary>
    public abstract long Length { get; }

    /// <summary>When it was written last.</summary>
    public abstract DateTime LastWriteTime { get; }

    /// <summary>How many processes have had it in hand, this one included. More than 1 when one of them died with it.</summary>
    public abstract int Attempts { get; }

    /// <summary>What has become of it.</summary>
    public abstract FolderMessageState State { get; }

    /// <summary>The whole file as text: UTF-8, or what its first bytes say.</summary>
    public string ReadText() => File.ReadAllText(FullName);

    /// <summary>The whole file as text.</summary>
    /// <param name="encoding">The encoding, where its first bytes do not say.</param>
    public string ReadText(Encoding encoding) => File.ReadAllText(FullName, encoding);

    /// <summary>The whole file.</summary>
    public byte[] ReadBytes() => File.ReadAllBytes(FullName);

    /// <summary>It is dealt with: moves it to the folder for such files. Does nothing when that has been said before.</summary>
    /// <exception cref="FolderMessageSettledException">It has failed, or was given back.</exception>
    /// <exception cref="FolderAccessException">It cannot be moved.</exception>
    public abstract void Complete();

    /// <summary>It cannot be dealt with: moves it to the folder for such files. Does nothing when that has been said before.</summary>
    /// <param name="reason">Why: an error or a text, for the file that is written beside it; or null.</param>
    /// <exception cref="FolderMessageSettledException">It is done, or was given back.</exception>
    /// <exception cref="FolderAccessException">It cannot be moved.</exception>
    public abstract void Fail(object? reason = null);

    /// <summary>Gives it back, for whoever looks next; that does not count as an attempt. Does nothing when that has been said before.</summary>
    /// <exception cref="FolderMessageSettledException">It is done, or has failed.</exception>
    /// <exception cref="FolderAccessException">It cannot be moved.</exception>
    public abstract void Return();

    /// <summary>Where the file is now, so that commands and methods that want a path take it as one.</summary>
    public override string ToString() => FullName;
}
