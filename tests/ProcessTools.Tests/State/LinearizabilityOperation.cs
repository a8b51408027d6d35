using ProcessTools.Tests.Peer;

namespace ProcessTools.Tests.State;

/// <summary>One operation of a history.</summary>
/// <param name="Process">Who did it, from 1.</param>
/// <param name="Step">What it did.</param>
/// <param name="A">The first number.</param>
/// <param name="B">The second number.</param>
/// <param name="Begin">When it was called.</param>
/// <param name="Result">What it returned.</param>
/// <param name="End">When it returned; <see cref="long.MaxValue"/> when it never did: then it may have happened at any time after its begin, or not at all.</param>
internal sealed record LinearizabilityOperation(int Process, HistoryStep Step, long A, long B, long Begin, long Result, long End)
{
    /// <summary>True when its process died in it.</summary>
    public bool IsPending => End == long.MaxValue;
}
