using ProcessTools.Tests.Support;

namespace ProcessTools.Tests.Pools;

/// <summary>What the tests of one class share: a session, and a pool of two workers in it, <c>$pool</c>, that no test closes.</summary>
public sealed class PoolSession : IDisposable
{
    /// <summary>Opens the session and makes the pool.</summary>
    public PoolSession()
    {
        Pool = (ProcessPool)Shell.Run("$global:pool = New-ProcessPool -Size 2; $pool")[0].BaseObject;
    }

    /// <summary>The pool.</summary>
    public ProcessPool Pool { get; }

    internal ShellSession Shell { get; } = new();

    /// <summary>Ends the pool and the session.</summary>
    public void Dispose()
    {
        Pool.Dispose();
        Shell.Dispose();
    }
}
