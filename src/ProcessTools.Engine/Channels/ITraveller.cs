using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Channels;

/// <summary>A handle that can travel in a message. Between the two processes a token stands for it in the table of those who hold what it is a handle of.</summary>
internal interface ITraveller
{
    /// <summary>Says what a token travels in.</summary>
    public void Board(long token, Carrier carrier);

    /// <summary>The message with a token was not sent: all is as before.</summary>
    public void Return(long token);
}
