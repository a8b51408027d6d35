using System.Management.Automation;
using System.Management.Automation.Internal;

namespace ProcessTools.Engine.State;

/// <summary>Several changes as one.</summary>
internal sealed partial class MemoryState
{
    /// <summary>Does something as one transaction.</summary>
    /// <exception cref="SharedStateBusyException">Another transaction took longer.</exception>
    public T Transact<T>(Func<T> action, TimeSpan timeout) => TransactionScope.Find(this) is { } scope ? Nest(scope.Line, action) : TransactNew(action, timeout);

    /// <inheritdoc/>
    private protected override object? TransactionCore(ScriptBlock script, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(script);
        return Transact<object?>(() => script.Invoke() is { Count: > 0 } output ? HubObject.Output(output) : AutomationNull.Value, timeout);
    }

    private T TransactNew<T>(Func<T> action, TimeSpan timeout)
    {
        StateLine line = Rent();
        bool isOver = false;
        try
        {
            line.Begin(StateOperation.Begin);
            line.Request.WriteInt64(HubObject.Milliseconds(timeout));
            StateStatus status = line.Exchange();
            if (status != StateStatus.Done)
            {
                isOver = true;
                throw ErrorOf(status, line, ToString());
            }

            TransactionScope scope = TransactionScope.Enter(this, line);
            T result;
            try
            {
                result = action();
            }
            finally
            {
                scope.Leave();
            }

            End(line, StateOperation.Commit);
            isOver = true;
            return result;
        }
        finally
        {
            if (!isOver && line.IsUsable)
            {
                RollBack(line);
            }

            Return(line);
        }
    }

    private void End(StateLine line, StateOperation operation)
    {
        line.Begin(operation);
        StateStatus status = line.Exchange();
        if (status != StateStatus.Done)
        {
            throw ErrorOf(status, line, ToString());
        }
    }

    private void RollBack(StateLine line)
    {
        try
        {
            End(line, StateOperation.RollBack);
        }
        catch (Exception exception) when (exception is ProcessToolsException or PipelineStoppedException)
        {
            // The line is over, and with it the transaction: the hub takes it back.
            line.Dispose();
        }
    }

    /// <summary>A transaction in another: when it throws, its own changes alone are taken back.</summary>
    private T Nest<T>(StateLine line, Func<T> action)
    {
        int mark = AskFor(line, StateOperation.Mark, static _ => { }, static asked => asked.ReadInt32());
        bool isDone = false;
        try
        {
            T result = action();
            isDone = true;
            return result;
        }
        finally
        {
            if (!isDone && line.IsUsable)
            {
                AskFor(line, StateOperation.RollBackTo, asked => asked.Request.WriteInt32(mark), static _ => 0);
            }
        }
    }

    // The line may be in the middle of another call: of one whose value has a script property that begins a transaction.
    private int AskFor(StateLine line, StateOperation operation, Action<StateLine> write, Func<StateLine, int> read)
    {
        line.Enter();
        try
        {
            line.Begin(operation);
            write(line);
            StateStatus status = line.Exchange();
            return status == StateStatus.Done ? read(line) : throw ErrorOf(status, line, ToString());
        }
        finally
        {
            line.Leave();
        }
    }
}
