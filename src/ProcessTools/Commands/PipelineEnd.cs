using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.ExceptionServices;
using ProcessTools.Engine.Runtime;
using ProcessTools.Engine.Serialization;

namespace ProcessTools.Commands;

/// <summary>Why the pipeline of a command ended while the commands behind it had what it wrote.</summary>
internal static class PipelineEnd
{
    private static readonly Func<ICommandRuntime, ExceptionDispatchInfo?>? s_firstError = PowerShellInternals.Guard(MakeFirstError);

    /// <summary>Tells an error from an end that somebody wanted.</summary>
    /// <param name="command">The command.</param>
    /// <param name="exception">What <see cref="Cmdlet.WriteObject(object)"/> threw.</param>
    /// <returns>The error; null when a command behind wants no more, or the script went on elsewhere.</returns>
    /// <remarks>
    /// <c>throw</c> and <c>break</c> in a script come as themselves. Of what ends another command, be it an error or that it wants no more, PowerShell tells those before it only that the pipeline is over; its pipeline knows, though. $Error does
    /// not tell: it may have handled errors in it, and some errors are noted there later.
    /// </remarks>
    public static Exception? ErrorOf(Cmdlet command, Exception exception)
    {
        Exception cause = exception is PipelineStoppedException ? s_firstError?.Invoke(command.CommandRuntime)?.SourceException ?? exception : exception;
        return cause is FlowControlException ? null : cause;
    }

    private static Func<ICommandRuntime, ExceptionDispatchInfo?> MakeFirstError()
    {
        // ((MshCommandRuntime)runtime).PipelineProcessor._firstTerminatingError
        PropertyInfo processor = HiddenMembers.PipelineProcessor.Get<PropertyInfo>();
        Type runtime = processor.DeclaringType!;
        ParameterExpression target = Expression.Parameter(typeof(ICommandRuntime));
        Expression pipeline = Expression.Property(Expression.Convert(target, runtime), processor);
        Expression value = Expression.Condition(
            Expression.AndAlso(Expression.TypeIs(target, runtime), Expression.ReferenceNotEqual(pipeline, Expression.Constant(null, processor.PropertyType))),
            Expression.Field(pipeline, HiddenMembers.FirstError.Get<FieldInfo>()),
            Expression.Constant(null, typeof(ExceptionDispatchInfo)));
        return Expression.Lambda<Func<ICommandRuntime, ExceptionDispatchInfo?>>(value, target).Compile();
    }
}
