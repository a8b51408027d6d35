using ProcessTools.Engine.Memory;

namespace ProcessTools.Engine.Channels;

/// <summary>
/// The handles that one message carries, from its serialization until it is sent or not sent. Handles find the passage of the message that they are written into on their thread.
/// </summary>
internal sealed class Passage
{
    [ThreadStatic]
    private static Passage? s_current;

    private readonly List<(ITraveller Handle, long Token)> _travellers = [];

    private Passage()
    {
    }

    /// <summary>Adds a handle to the message that this thread is writing.</summary>
    public static void Add(ITraveller handle, long token) => (s_current ??= new Passage())._travellers.Add((handle, token));

    /// <summary>Begins a message, which may be inside the writing of another: a property's getter can send one.</summary>
    /// <returns>For <see cref="End"/>.</returns>
    public static Passage? Begin()
    {
        Passage? outer = s_current;
        s_current = null;
        return outer;
    }

    /// <summary>Ends a message.</summary>
    /// <param name="outer">What <see cref="Begin"/> returned.</param>
    /// <returns>The message's handles, or null when it has none.</returns>
    public static Passage? End(Passage? outer)
    {
        Passage? passage = s_current;
        s_current = outer;
        return passage;
    }

    /// <summary>Writes a message; when that fails, its handles have not travelled.</summary>
    /// <returns>The message's handles, or null when it has none.</returns>
    public static Passage? Gather(Action write) => Gather(static action => ((Action)action!)(), write);

    /// <summary>Writes a message; when that fails, its handles have not travelled.</summary>
    /// <param name="write">Writes it.</param>
    /// <param name="message">What <paramref name="write"/> gets.</param>
    /// <returns>The message's handles, or null when it has none.</returns>
    public static Passage? Gather(Action<object?> write, object? message)
    {
        Passage? outer = Begin();
        bool isWritten = false;
        try
        {
            write(message);
            isWritten = true;
        }
        finally
        {
            if (!isWritten)
            {
                End(outer)?.Cancel();
            }
        }

        return End(outer);
    }

    /// <summary>Says what the message travels in.</summary>
    public void Board(Carrier carrier)
    {
        foreach ((ITraveller handle, long token) in _travellers)
        {
            handle.Board(token, carrier);
        }
    }

    /// <summary>The message was not sent.</summary>
    public void Cancel()
    {
        foreach ((ITraveller handle, long token) in _travellers)
        {
            handle.Return(token);
        }
    }
}
