using System.Management.Automation;
using ProcessTools.Engine.Protocol;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>Makes streams that send each record on, on the thread that writes it, and keep none.</summary>
internal static class ForwardedStream
{
    /// <summary>Makes one.</summary>
    /// <typeparam name="T">The stream's record.</typeparam>
    /// <param name="output">Where to send.</param>
    /// <param name="kind">As what.</param>
    public static PSDataCollection<T> Create<T>(WorkerOutput output, WorkerMessageKind kind)
    {
        PSDataCollection<T> stream = [];
        stream.DataAdded += (_, _) =>
        {
            // Two threads may add at once, and then one of the two events finds both records.
            foreach (T item in stream.ReadAll())
            {
                output.SendObject(kind, item);
            }
        };
        return stream;
    }
}
