using System.Collections.ObjectModel;
using System.Management.Automation;

namespace ProcessTools.Engine.State;

/// <summary>What clients of objects in a hub have in common.</summary>
internal static class HubObject
{
    /// <summary>A time as the protocol has it.</summary>
    public static long Milliseconds(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan ? -1 : (long)Math.Ceiling(timeout.TotalMilliseconds);

    /// <summary>Reads a property, such that PowerShell does not make nothing of its error.</summary>
    /// <exception cref="SharedPropertyException">It could not be read.</exception>
    public static T Property<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ProcessToolsException exception)
        {
            throw new SharedPropertyException(exception);
        }
    }

    /// <summary>Runs a script block that makes a new value of an old one.</summary>
    /// <returns>What it writes: null, one object, or an array.</returns>
    public static object? Evaluate(ScriptBlock script, object? value)
    {
        List<PSVariable> variables = [new PSVariable("_", value), new PSVariable("PSItem", value)];
        return Output(script.InvokeWithContext(functionsToDefine: null, variables, value));
    }

    /// <summary>What a script block wrote: null, one object, or an array.</summary>
    public static object? Output(Collection<PSObject> output) => output.Count switch
    {
        0 => null,
        1 => output[0],
        _ => output.ToArray<object?>(),
    };

    /// <summary>The sum of two numbers as PowerShell adds, for types that a hub does not know.</summary>
    /// <exception cref="NotANumberException">One is no number.</exception>
    public static object Add(object? value, object by, string name)
    {
        object? bare = value is PSObject wrapped ? wrapped.BaseObject : value;
        object addend = by is PSObject wrappedAddend ? wrappedAddend.BaseObject : by;
        try
        {
            return (bare, addend) switch
            {
                (null, _) when IsNumber(addend) => addend,
                (decimal or float or double, _) or (_, decimal or float or double) when IsNumber(bare) && IsNumber(addend) => AddReal(bare!, addend),
                (TimeSpan span, TimeSpan more) => span + more,
                (DateTime time, TimeSpan more) => time + more,
                (System.Numerics.BigInteger, _) or (_, System.Numerics.BigInteger) =>
                    LanguagePrimitives.ConvertTo<System.Numerics.BigInteger>(bare) + LanguagePrimitives.ConvertTo<System.Numerics.BigInteger>(addend),
                _ when IsNumber(bare) && IsNumber(addend) => AddIntegers(bare!, addend),
                _ => throw new NotANumberException(name, $"is '{bare}', a {bare?.GetType().Name}, to which '{addend}' cannot be added."),
            };
        }
        catch (OverflowException)
        {
            throw new NotANumberException(name, $"would become too large for its type, {bare?.GetType().Name}.");
        }
    }

    private static bool IsNumber(object? value) =>
        value is int or long or double or decimal or float or short or byte or sbyte or ushort or uint or ulong or System.Numerics.BigInteger;

    private static object AddReal(object value, object addend) => value is decimal || (addend is decimal && value is not (double or float))
        ? LanguagePrimitives.ConvertTo<decimal>(value) + LanguagePrimitives.ConvertTo<decimal>(addend)
        : value is float
            ? (float)value + LanguagePrimitives.ConvertTo<float>(addend)
            : LanguagePrimitives.ConvertTo<double>(value) + LanguagePrimitives.ConvertTo<double>(addend);

    // A number keeps its type, unless the sum does not fit.
    private static object AddIntegers(object value, object addend)
    {
        decimal sum = LanguagePrimitives.ConvertTo<decimal>(value) + LanguagePrimitives.ConvertTo<decimal>(addend);
        return LanguagePrimitives.TryConvertTo(sum, value.GetType(), out object? same) ? same! : checked((long)sum);
    }
}
