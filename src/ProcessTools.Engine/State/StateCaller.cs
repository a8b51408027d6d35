namespace ProcessTools.Engine.State;

/// <summary>Who asks a state's store: a thread of its own process, or a lane of another.</summary>
internal abstract class StateCaller
{
    protected StateCaller()
    {
        Call = new StateCall(this);
    }

    /// <summary>The call.</summary>
    public StateCall Call { get; }

    /// <summary>The process, for errors of others.</summary>
    public abstract int ProcessId { get; }

    /// <summary>Hands over the response of a call that waited. Under the store's gate.</summary>
    public abstract void Complete();

    /// <summary>Ends the conversation: what was asked cannot be understood. Under the store's gate.</summary>
    public virtual void Refuse()
    {
    }
}
