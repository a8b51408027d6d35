using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Channels;

/// <summary>A channel that can be waited on together with others.</summary>
internal interface IWaitable
{
    /// <summary>Where its consumers sleep. Valid between <see cref="TryEnter"/> and <see cref="Leave"/>.</summary>
    public ParkingSpot ItemSpot { get; }

    /// <summary>True when receiving would not wait: there is a message, or none will come any more.</summary>
    public bool IsReady { get; }

    /// <summary>Keeps its memory mapped.</summary>
    /// <returns>False when it is closed in this process; then it is ready.</returns>
    public bool TryEnter();

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    public void Leave();

    /// <summary>Looks whether those who could send have died.</summary>
    public void CheckPeers();
}
