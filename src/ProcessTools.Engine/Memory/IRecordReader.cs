namespace ProcessTools.Engine.Memory;

/// <summary>Takes a record over from the ring that it lies in.</summary>
internal interface IRecordReader
{
    /// <summary>
    /// Copies or decodes a record, under the consumers' lock: the bytes may be written over as soon as it returns. What it throws leaves the record in the queue.
    /// </summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="flags">What the record says about itself.</param>
    /// <returns>False to leave the record in the queue.</returns>
    public bool Read(ReadOnlyMemory<byte> record, RecordFlags flags);
}
