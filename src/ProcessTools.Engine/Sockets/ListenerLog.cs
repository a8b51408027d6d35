namespace ProcessTools.Engine.Sockets;

/// <summary>Which connections a listener ended, and why. Thread-safe.</summary>
internal sealed class ListenerLog
{
    private const int Most = 1000;

    private readonly Queue<ListenerLogEntry> _entries = [];

    /// <summary>How many there were in all.</summary>
    public long Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(string peerAddress, string reason)
    {
        lock (_entries)
        {
            Count++;
            _entries.Enqueue(new ListenerLogEntry(DateTime.Now, peerAddress, reason.ReplaceLineEndings(" ")));
            if (_entries.Count > Most)
            {
                _entries.Dequeue();
            }
        }
    }

    /// <summary>The last ones, oldest first.</summary>
    public ListenerLogEntry[] ToArray()
    {
        lock (_entries)
        {
            return [.. _entries];
        }
    }
}
