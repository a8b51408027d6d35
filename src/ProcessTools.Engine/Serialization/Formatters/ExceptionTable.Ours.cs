using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ProcessTools.Engine.Serialization;

/// <content>The errors of ProcessTools itself: whatever derives from <see cref="ProcessToolsException"/> in its own assembly.</content>
internal static partial class ExceptionTable
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static void AddOurs(Dictionary<string, ExceptionEntry> table)
    {
        ConstructorInfo constructor = typeof(ProcessToolsException).GetConstructors(Declared)[0];
        foreach (Type type in typeof(ProcessToolsException).Assembly.GetTypes())
        {
            if (!type.IsAbstract && type.IsSubclassOf(typeof(ProcessToolsException)))
            {
                FieldInfo[] fields = [.. type.GetFields(Declared).Where(f => f.Name.EndsWith(">k__BackingField", StringComparison.Ordinal))];
                table.Add(type.FullName!, new ExceptionEntry(p => MakeOurs(type, constructor, fields, p), e => ExtrasOfOurs(fields, (ProcessToolsException)e)));
            }
        }
    }

    private static object?[] ExtrasOfOurs(FieldInfo[] fields, ProcessToolsException exception)
    {
        // Id and category may differ between instances of a type; then what the properties of the type itself hold.
        object?[] extras = new object?[2 + fields.Length];
        extras[0] = exception.ErrorId;
        extras[1] = (int)exception.Category;
        for (int i = 0; i < fields.Length; i++)
        {
            extras[2 + i] = fields[i].GetValue(exception);
        }

        return extras;
    }

    /// <summary>
    /// Constructors of these types take what their message is made of, and the message is what arrives. So the object is made without
    /// the type's own constructor, the base class's runs on it, and the type's properties get what they held.
    /// </summary>
    private static ProcessToolsException MakeOurs(Type type, ConstructorInfo constructor, FieldInfo[] fields, ExceptionParts parts)
    {
        object exception = RuntimeHelpers.GetUninitializedObject(type);
        constructor.Invoke(exception, [parts.Text(0) ?? "RemoteWorkerError", (ErrorCategory)parts.Number(1), parts.Message, null, parts.Inner]);
        for (int i = 0; i < fields.Length && i + 2 < parts.Extras.Length; i++)
        {
            object? value = parts.Extras[i + 2];
            Type target = fields[i].FieldType;
            target = Nullable.GetUnderlyingType(target) ?? target;
            if (value is not null && (target.IsInstanceOfType(value) || (target.IsEnum && value is int)))
            {
                fields[i].SetValue(exception, target.IsEnum && value is int ? Enum.ToObject(target, value) : value);
            }
        }

        return (ProcessToolsException)exception;
    }
}
