namespace ProcessTools.Engine.State;

/// <summary>A lock that a condition can work with.</summary>
internal interface IConditionLock
{
    /// <summary>True while the calling runspace holds it.</summary>
    public bool IsHeldByCaller { get; }

    /// <summary>Releases it as often as it was acquired. Only for who holds it.</summary>
    /// <returns>How often that was.</returns>
    public int ReleaseAll();

    /// <summary>Acquires it as often as it was before.</summary>
    /// <param name="depth">How often that was.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="check">Called now and then; may throw. Null for none.</param>
    /// <returns>False when the time was over first.</returns>
    public bool AcquireAgain(int depth, TimeSpan timeout, Action? check);
}
