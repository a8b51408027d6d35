namespace ProcessTools.Engine.Memory;

/// <summary>Counts the calls that use something, so that the last of them to end after it was closed releases it. Thread-safe; a field, never a copy.</summary>
internal struct UseCount()
{
    // The owner's own use, which closing ends.
    private int _uses = 1;
    private int _isClosing;

    /// <summary>True once it was closed: nobody enters any more.</summary>
    public bool IsClosing => Volatile.Read(ref _isClosing) != 0;

    /// <summary>Begins a use, which <see cref="Leave"/> ends.</summary>
    /// <returns>False once it was closed.</returns>
    public bool TryEnter()
    {
        int uses = Volatile.Read(ref _uses);
        while (uses > 0 && !IsClosing)
        {
            int seen = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (seen == uses)
            {
                return true;
            }

            uses = seen;
        }

        return false;
    }

    /// <summary>Ends a use.</summary>
    /// <returns>True for the last one: it releases what was used.</returns>
    public bool Leave() => Interlocked.Decrement(ref _uses) == 0;

    /// <summary>Closes it. The first caller then wakes those inside, and calls <see cref="Leave"/>.</summary>
    /// <returns>False when it was closed before.</returns>
    public bool TryClose() => Interlocked.Exchange(ref _isClosing, 1) == 0;
}
