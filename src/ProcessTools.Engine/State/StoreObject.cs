namespace ProcessTools.Engine.State;

/// <summary>What a state's store keeps under a name. Under the store's gate.</summary>
internal abstract class StoreObject(StateStore store, int id, string name, SharedObjectKind kind)
{
    private List<StateCall>? _watchers;

    /// <summary>Tells it from all others that the store ever had.</summary>
    public int Id { get; } = id;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>What it is.</summary>
    public SharedObjectKind Kind { get; } = kind;

    /// <summary>Grows with each change.</summary>
    public long Version { get; private set; }

    /// <summary>How many entries it has, or -1.</summary>
    public virtual long Count => -1;

    /// <summary>About how many bytes it takes.</summary>
    public abstract long Bytes { get; }

    /// <summary>The type of its elements, or nothing.</summary>
    public virtual string TypeName => string.Empty;

    /// <summary>The store.</summary>
    protected StateStore Store { get; } = store;

    /// <summary>Does what a client asks.</summary>
    /// <returns>False when the call waits; the object completes it later.</returns>
    public abstract bool Execute(StateOperation operation, ref StateFrameReader request, StateCall call);

    /// <summary>Says that it is no longer in the store, and frees what it has.</summary>
    public virtual void Free() => CompleteWatchers(static _ => true, static response => response.WriteStatus(StateStatus.Removed));

    /// <summary>Counts a change.</summary>
    /// <param name="undo">Takes it back, when a transaction fails.</param>
    protected void Changed(Action undo)
    {
        Version = Store.NextVersion();
        Store.Transaction?.Add(this, undo);
        if (Store.Transaction is null)
        {
            Notify();
        }
    }

    /// <summary>True when changes must be able to be taken back; otherwise <see cref="Changed()"/> saves the work.</summary>
    protected bool IsRecording => Store.Transaction is not null;

    /// <summary>Counts a change outside a transaction.</summary>
    protected void Changed()
    {
        Version = Store.NextVersion();
        Notify();
    }

    /// <summary>Lets a call wait for a change.</summary>
    protected void Watch(StateCall call)
    {
        (_watchers ??= []).Add(call);
        Store.Await(call);
    }

    /// <summary>Completes the calls whose change has come; called outside transactions only, so that nobody sees what may be taken back.</summary>
    public void Notify()
    {
        if (_watchers is not null)
        {
            CompleteWatchers(IsOver, response => response.WriteStatus(StateStatus.Done));
        }
    }

    /// <summary>Forgets a call that was given up.</summary>
    public void Unwatch(StateCall call) => _watchers?.Remove(call);

    /// <summary>Whether what a call waits for has come.</summary>
    protected abstract bool IsOver(StateCall call);

    private void CompleteWatchers(Func<StateCall, bool> isOver, Action<Serialization.PooledBufferWriter> write)
    {
        for (int i = (_watchers?.Count ?? 0) - 1; i >= 0; i--)
        {
            StateCall call = _watchers![i];
            if (isOver(call))
            {
                _watchers.RemoveAt(i);
                write(call.Response);
                Store.Complete(call);
            }
        }

        if (_watchers?.Count == 0)
        {
            _watchers = null;
        }
    }
}
