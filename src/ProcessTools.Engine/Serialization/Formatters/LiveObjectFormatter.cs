using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Any other .NET object: its properties, under type names that begin with <c>Deserialized.</c>, as in remoting. What lies behind the
/// properties of a live object (a process, a file) becomes text; instances of PowerShell classes are data and go all the way down.
/// </summary>
internal sealed class LiveObjectFormatter : Formatter
{
    private readonly string[] _typeNames;
    private readonly bool _isData;
    private readonly Lazy<(string Name, Func<object, object?> Get)[]> _getters;

    /// <summary>Makes the formatter of a type.</summary>
    /// <param name="type">The type.</param>
    public LiveObjectFormatter(Type type)
    {
        _typeNames = TypeFamily.Deserialized(type);
        _isData = type.Assembly.IsDynamic && type.Assembly.GetCustomAttribute<DynamicClassImplementationAssemblyAttribute>() is not null;
        _getters = new(() => MakeGetters(type));
    }

    /// <inheritdoc/>
    public override void Write(ref MessagePackWriter writer, object value, WriteContext context) => WriteLive(ref writer, value, null, context);

    /// <inheritdoc/>
    public override void WritePlain(ref MessagePackWriter writer, object value, WriteContext context) => WriteLive(ref writer, value, null, context);

    /// <summary>Writes the object, in the context's profile.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The object.</param>
    /// <param name="wrapper">PowerShell's wrapper around it, or null if it had none.</param>
    /// <param name="context">The message.</param>
    public void WriteLive(ref MessagePackWriter writer, object value, PSObject? wrapper, WriteContext context)
    {
        string? text = TextOf(value);
        bool wasInside = context.InsideLiveObject;
        if (wasInside && !_isData)
        {
            WriteText(ref writer, text, context);
            return;
        }

        // Script and alias properties from type data exist only where there is a runspace to look them up in.
        int start = context.Reserve(0);
        int count = wrapper is not null || Runspace.DefaultRunspace is not null
            ? ObjectFormatter.KeepProperties(wrapper ?? PSObject.AsPSObject(value), start, context)
            : KeepOwn(value, start, context);
        context.InsideLiveObject = !_isData;
        ObjectFormatter.WriteBag(ref writer, value, _typeNames, text, start, count, context);
        context.InsideLiveObject = wasInside;
        context.Release(start);
    }

    /// <summary>Writes what stands for an object behind the properties of another.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="text">The object as text, or null.</param>
    /// <param name="context">The message.</param>
    internal static void WriteText(ref MessagePackWriter writer, string? text, WriteContext context)
    {
        if (text is null)
        {
            writer.WriteNil();
        }
        else
        {
            Wire.WriteString(ref writer, text, context);
        }
    }

    /// <summary>An object as text, or null if it has none.</summary>
    /// <param name="value">The object.</param>
    /// <returns>The text.</returns>
    internal static string? TextOf(object value)
    {
        try
        {
            return value.ToString();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            return null;
        }
    }

    private static (string Name, Func<object, object?> Get)[] MakeGetters(Type type)
    {
        List<(string, Func<object, object?>)> getters = [];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.CanRead && property.GetMethod!.IsPublic && property.GetIndexParameters().Length == 0 && !IsRefLike(property.PropertyType)
                && !property.IsDefined(typeof(HiddenAttribute)) && seen.Add(property.Name))
            {
                getters.Add((property.Name, MakeGetter(type, o => Expression.Property(o, property))));
            }
        }

        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            if (!IsRefLike(field.FieldType) && seen.Add(field.Name))
            {
                getters.Add((field.Name, MakeGetter(type, o => Expression.Field(o, field))));
            }
        }

        return [.. getters];
    }

    private static bool IsRefLike(Type type) => type.IsByRefLike || type.IsByRef || type.IsPointer;

    private static Func<object, object?> MakeGetter(Type type, Func<Expression, Expression> member)
    {
        ParameterExpression target = Expression.Parameter(typeof(object));
        Expression body = Expression.Convert(member(Expression.Convert(target, type)), typeof(object));
        return Expression.Lambda<Func<object, object?>>(body, target).Compile();
    }

    private int KeepOwn(object value, int start, WriteContext context)
    {
        (string Name, Func<object, object?> Get)[] getters = _getters.Value;
        context.Reserve(getters.Length);
        int count = 0;
        foreach ((string name, Func<object, object?> get) in getters)
        {
            try
            {
                context.Keep(start + count, name, get(value));
                count++;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Left out, as in remoting.
            }
        }

        return count;
    }
}
