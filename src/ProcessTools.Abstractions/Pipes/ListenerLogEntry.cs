using System.Globalization;

namespace ProcessTools;

/// <summary>A connection that a listener, or an end that it accepted, ended because of what came over it. Immutable.</summary>
public sealed class ListenerLogEntry
{
    internal ListenerLogEntry(DateTime time, string peerAddress, string reason)
    {
        Time = time;
        PeerAddress = peerAddress;
        Reason = reason;
    }

    /// <summary>When.</summary>
    public DateTime Time { get; }

    /// <summary>Who was connected.</summary>
    public string PeerAddress { get; }

    /// <summary>Why, in one line.</summary>
    public string Reason { get; }

    /// <summary>All of it in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time:yyyy-MM-dd HH:mm:ss} {PeerAddress} {Reason}");
}
