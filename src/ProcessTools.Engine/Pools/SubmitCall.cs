namespace ProcessTools.Engine.Pools;

/// <summary>A call whose tasks come one by one, each with a future of its own.</summary>
internal sealed class SubmitCall(WorkerPool pool, PoolScriptEntry script, PoolCallMessage message) : PoolCall(script, message)
{
    /// <inheritdoc/>
    public override void OnRestart(in PoolTask task) => task.Future!.Restart();

    /// <inheritdoc/>
    public override void OnOutput(in PoolTask task, object? value, int bytes) => task.Future!.AddOutput(value);

    /// <inheritdoc/>
    public override void OnRecord(in PoolTask task, PoolMessageKind kind, object? record, int worker)
    {
        if (record is not null && kind != PoolMessageKind.Progress)
        {
            task.Future!.AddRecord(record);
        }
    }

    /// <inheritdoc/>
    public override void OnEnded(in PoolTask task, in TaskEnd end) => pool.AfterLock(task.Future!.End(end));
}
