using ProcessTools.Engine.State;

namespace ProcessTools.Tests.State;

/// <summary>A state whose hub is this process, as its own process sees it and as another does, over lanes.</summary>
public sealed class StateSession : IDisposable
{
    private readonly StateHub _hub = StateHub.Start();

    public StateSession()
    {
        Near = new MemoryState(_hub, _hub.Segment, name: null, _hub.Segment.Holders.Claim());
        Far = new MemoryState(null, HubSegment.Open(_hub.Address), name: null, _hub.Segment.Holders.Claim());
    }

    /// <summary>As the process of the hub sees it.</summary>
    internal MemoryState Near { get; }

    /// <summary>As another process sees it.</summary>
    internal MemoryState Far { get; }

    internal StateHub Hub => _hub;

    /// <summary>One of the two.</summary>
    internal MemoryState Of(bool isFar) => isFar ? Far : Near;

    public void Dispose()
    {
        Far.Dispose();
        _hub.Dispose();
    }
}
