using ProcessTools.Tests.Peer;

namespace ProcessTools.Tests.State;

/// <summary>What shared objects are to do when one operation comes after another: from the state before, the state after, or null when the operation cannot have had its result there. The states are numbers.</summary>
internal static class LinearizabilityModel
{
    private const int HolderBits = 8;

    /// <summary>A number that may be absent: a key of a dictionary, or a value.</summary>
    public static long? OfNumber(long state, LinearizabilityOperation operation)
    {
        bool isThere = state != HistoryJournal.Nothing;
        (long result, long next) = operation.Step switch
        {
            HistoryStep.Get => (state, state),
            HistoryStep.Set => (operation.Result, operation.A),
            HistoryStep.TryUpdate => state == operation.B ? (1, operation.A) : (0, state),
            HistoryStep.Increment => ((isThere ? state : 0) + operation.A, (isThere ? state : 0) + operation.A),
            HistoryStep.TryAdd => isThere ? (0, state) : (1, operation.A),
            HistoryStep.Remove => (isThere ? 1 : 0, HistoryJournal.Nothing),
            HistoryStep.Swap => (state, operation.A),
            HistoryStep.Die => (operation.Result, state),
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
        return operation.IsPending || result == operation.Result ? next : null;
    }

    /// <summary>
    /// A lock: the number of its holder, 0 for nobody, and above it a bit for each process that has died. Only who finds it free gets it plainly, only who finds a dead holder is told so, and only who finds a living holder gets nothing.
    /// </summary>
    public static long? OfLock(long state, LinearizabilityOperation operation)
    {
        long holder = state & ((1 << HolderBits) - 1);
        long dead = state >> HolderBits;
        long own = operation.Process;
        if ((dead >> (int)own & 1) != 0)
        {
            // The dead do nothing.
            return null;
        }

        bool isHolderDead = holder != 0 && (dead >> (int)holder & 1) != 0;
        switch (operation.Step)
        {
            case HistoryStep.Acquire when holder == 0:
                return operation.IsPending || operation.Result == 1 ? state | own : null;

            case HistoryStep.Acquire when isHolderDead:
                return operation.IsPending || operation.Result == 2 ? (dead << HolderBits) | own : null;

            case HistoryStep.Acquire:
                return operation.IsPending || operation.Result == 0 ? state : null;

            case HistoryStep.Release:
                return holder == own ? dead << HolderBits : null;

            case HistoryStep.Die:
                return state | (1L << ((int)own + HolderBits));

            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }
    }
}
