namespace ProcessTools.Engine.Transport;

/// <summary>How a wait for a frame ended.</summary>
internal enum ReceiveStatus
{
    /// <summary>With a frame.</summary>
    Received,

    /// <summary>The time was over first.</summary>
    TimedOut,

    /// <summary>The other side has closed or died, and everything that it had sent whole has been received.</summary>
    EndOfFile,
}
