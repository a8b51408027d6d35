namespace ProcessTools;

/// <summary>What there was to receive.</summary>
internal enum ChannelStatus
{
    /// <summary>A message; it has been taken.</summary>
    Received,

    /// <summary>Nothing yet.</summary>
    Empty,

    /// <summary>Nothing, and nothing will come any more.</summary>
    Over,
}
