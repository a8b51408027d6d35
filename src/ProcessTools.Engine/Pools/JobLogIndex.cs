namespace ProcessTools.Engine.Pools;

/// <summary>
/// The items that a job log names: for each sequence number the hash of the item's text. Sequence numbers follow one another in a log, so
/// the hashes are in pages, found by their number: eight bytes an item and hardly more.
/// </summary>
internal sealed class JobLogIndex
{
    /// <summary>Items a page: 8 KiB, so that a log of ten items is not charged with much, and one of ten million has ten thousand pages.</summary>
    private const int PageItems = 1024;

    private readonly Dictionary<long, ulong[]> _pages = [];

    /// <summary>Notes an item.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="hash">The hash of its text; not zero.</param>
    public void Set(long sequence, ulong hash)
    {
        (long page, long place) = Math.DivRem(sequence, PageItems);
        if (!_pages.TryGetValue(page, out ulong[]? hashes))
        {
            hashes = new ulong[PageItems];
            _pages.Add(page, hashes);
        }

        hashes[place] = hash;
    }

    /// <summary>Gets an item's hash. Safe on several threads once all items are noted.</summary>
    /// <param name="sequence">Its number.</param>
    /// <returns>The hash, or zero when the log does not name the item.</returns>
    public ulong Get(long sequence)
    {
        (long page, long place) = Math.DivRem(sequence, PageItems);
        return sequence > 0 && _pages.TryGetValue(page, out ulong[]? hashes) ? hashes[place] : 0;
    }
}
