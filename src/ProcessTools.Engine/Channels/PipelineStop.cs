using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using ProcessTools.Engine.Runtime;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Channels;

/// <summary>
/// Lets Ctrl+C end a wait inside a method that a script called. PowerShell stops its own commands; for a .NET method that a script calls it waits. So a method of ours that
/// waits asks now and then whether the pipeline that it was called from is being stopped.
/// </summary>
internal static class PipelineStop
{
    // The numbers of PowerShell's PipelineState, which its reference assembly leaves out.
    private const int Stopping = 2;
    private const int Stopped = 3;

    private static readonly Func<Runspace, int>? s_runningState = PowerShellInternals.Guard(MakeRunningState);

    /// <summary>Ends the wait when the calling thread's pipeline is being stopped.</summary>
    /// <exception cref="PipelineStoppedException">It is.</exception>
    public static void ThrowIfStopping()
    {
        if (Runspace.DefaultRunspace is { } runspace && s_runningState?.Invoke(runspace) is Stopping or Stopped)
        {
            throw new PipelineStoppedException();
        }
    }

    private static Func<Runspace, int> MakeRunningState()
    {
        // (int)runspace.GetCurrentlyRunningPipeline().PipelineStateInfo.State, and -1 when there is none.
        MethodInfo find = HiddenMembers.RunningPipeline.Get<MethodInfo>();
        ParameterExpression runspace = Expression.Parameter(typeof(Runspace));
        ParameterExpression pipeline = Expression.Variable(find.ReturnType);
        Expression state = Expression.Convert(Expression.Property(Expression.Property(pipeline, "PipelineStateInfo"), "State"), typeof(int));
        BlockExpression body = Expression.Block(
            [pipeline],
            Expression.Assign(pipeline, Expression.Call(runspace, find)),
            Expression.Condition(Expression.ReferenceEqual(pipeline, Expression.Constant(null, pipeline.Type)), Expression.Constant(-1), state));
        return Expression.Lambda<Func<Runspace, int>>(body, runspace).Compile();
    }
}
