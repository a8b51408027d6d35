using System.Collections.ObjectModel;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Reflection;
using ProcessTools.Engine.Runtime;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// Runs a script block in a fresh scope of the running pipeline, with <c>$_</c>, and gives each object that it writes to a collection at once. PowerShell's own <c>ForEach-Object</c> runs
/// its script block by the same member, which is not public; where a later PowerShell lacks it, <see cref="ScriptBlock.InvokeWithContext(Dictionary{string, ScriptBlock}, List{PSVariable}, object[])"/>
/// does the same, but keeps the output until the end.
/// </summary>
internal static class ScriptInvoker
{
    // The number of PowerShell's ErrorHandlingBehavior.WriteToCurrentErrorPipe.
    private const int CurrentErrorPipe = 1;

    private static readonly Func<Collection<PSObject>, object>? s_makePipe = PowerShellInternals.Guard(MakePipe);
    private static readonly Run? s_run = PowerShellInternals.Guard(MakeRun);

    private delegate void Run(ScriptBlock script, object? item, object pipe, InvocationInfo invocation, bool stopsAtErrors, object?[] arguments);

    /// <summary>Makes what <see cref="Invoke"/> writes to.</summary>
    public static object OutputTo(Collection<PSObject> collection) => s_run is null ? collection : s_makePipe?.Invoke(collection) ?? collection;

    /// <summary>Runs a script block.</summary>
    /// <param name="script">The script block; it has a single clause.</param>
    /// <param name="item"><c>$_</c>.</param>
    /// <param name="output">What <see cref="OutputTo"/> made.</param>
    /// <param name="invocation"><c>$MyInvocation</c>.</param>
    /// <param name="stopsAtErrors">True when an error that ends a statement ends the script, as inside <c>try</c>.</param>
    /// <param name="arguments">The arguments.</param>
    public static void Invoke(ScriptBlock script, object? item, object output, InvocationInfo invocation, bool stopsAtErrors, object?[] arguments)
    {
        if (s_run is not null && output is not Collection<PSObject>)
        {
            s_run(script, item, output, invocation, stopsAtErrors, arguments);
            return;
        }

        Collection<PSObject> collection = (Collection<PSObject>)output;
        foreach (PSObject result in script.InvokeWithContext(null, [new PSVariable("_", item)], arguments))
        {
            collection.Add(result);
        }
    }

    private static Func<Collection<PSObject>, object> MakePipe()
    {
        ConstructorInfo constructor = HiddenMembers.Pipe.Get<ConstructorInfo>();
        ParameterExpression collection = Expression.Parameter(typeof(Collection<PSObject>));
        return Expression.Lambda<Func<Collection<PSObject>, object>>(Expression.New(constructor, collection), collection).Compile();
    }

    private static Run MakeRun()
    {
        // script.InvokeWithPipe(useLocalScope: true, errorHandlingBehavior, dollarUnder, input, scriptThis, outputPipe, invocationInfo, propagateAllExceptionsToTop, null, null, args)
        MethodInfo method = HiddenMembers.InvokeWithPipe.Get<MethodInfo>();
        ParameterInfo[] parameters = method.GetParameters();
        ParameterExpression script = Expression.Parameter(typeof(ScriptBlock));
        ParameterExpression item = Expression.Parameter(typeof(object));
        ParameterExpression pipe = Expression.Parameter(typeof(object));
        ParameterExpression invocation = Expression.Parameter(typeof(InvocationInfo));
        ParameterExpression stopsAtErrors = Expression.Parameter(typeof(bool));
        ParameterExpression arguments = Expression.Parameter(typeof(object[]));
        Expression empty = Expression.Constant(Array.Empty<object>(), typeof(object));
        Expression nothing = Expression.Constant(AutomationNull.Value, typeof(object));
        MethodCallExpression call = Expression.Call(
            script,
            method,
            Expression.Constant(true),
            Expression.Constant(Enum.ToObject(parameters[1].ParameterType, CurrentErrorPipe), parameters[1].ParameterType),
            item,
            empty,
            nothing,
            Expression.Convert(pipe, parameters[5].ParameterType),
            invocation,
            stopsAtErrors,
            Expression.Constant(null, parameters[8].ParameterType),
            Expression.Constant(null, parameters[9].ParameterType),
            arguments);
        return Expression.Lambda<Run>(call, script, item, pipe, invocation, stopsAtErrors, arguments).Compile();
    }
}
