using ProcessTools.Engine.Pipes;
using ProcessTools.Engine.Queues;
using ProcessTools.Engine.Queues.Durable;
using ProcessTools.Engine.Serialization;
using ProcessTools.Engine.State;

namespace ProcessTools.Engine.Channels;

/// <summary>Objects to and from messages between processes of one user: the full profile, with handles.</summary>
internal static class MessageCodec
{
    /// <summary>The serializer.</summary>
    public static ObjectSerializer Serializer { get; } = new(WireProfile.Full, handles:
        [
            new QueueHandleFormatter(),
            new DurableQueueHandleFormatter(),
            new PipeEndHandleFormatter(),
            new StateHandleFormatter(),
            new SharedObjectHandleFormatter<SharedObject>("shared"),
            new SharedObjectHandleFormatter<SharedNamespace>("namespace"),
            new SocketEndHandleFormatter(),
            new RefusedHandleFormatter<ProcessListener>("listener", "belongs to the process that made it. Pass its Address."),
        ]);
}
