namespace ProcessTools.Engine.Pools;

/// <summary>The future of the array of results of a map.</summary>
internal sealed class MapFuture(WorkerPool pool, object?[] results) : TaskFuture(pool)
{
    /// <summary>The call whose results it stands for.</summary>
    public MapCall? Call { get; set; }

    /// <inheritdoc/>
    internal override object? ResultValue => results;

    /// <inheritdoc/>
    public override bool Cancel() => Call is { } call && !IsCompleted && Pool!.CancelCall(call);
}
