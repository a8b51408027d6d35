using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml;

namespace ProcessTools.Engine.Serialization;

/// <summary>Which formatter writes which type.</summary>
internal static class FormatterTable
{
    private const string LiveReason =
        "it is alive in this process only and means nothing in another. Leave it out, or send what describes it.";

    private const string HandleReason =
        "queues, ends of pipes, listeners and what is shared are for processes of this session, not for a disk or other programs. Send what is in them, or an address.";

    private static readonly Type[] s_handleTypes = [typeof(ProcessChannel), typeof(ProcessListener), typeof(SharedState), typeof(SharedObject)];

    /// <summary>The formatters of the types that are known by themselves.</summary>
    public static FrozenDictionary<Type, Formatter> BuiltIn { get; } = Build();

    /// <summary>Finds the formatter of any other type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="handles">The kinds of handles that may travel, by key.</param>
    /// <returns>The formatter.</returns>
    public static Formatter Resolve(Type type, FrozenDictionary<string, IHandleFormatter> handles)
    {
        IHandleFormatter? handle = null;
        foreach (IHandleFormatter candidate in handles.Values)
        {
            if (candidate.HandledType.IsAssignableFrom(type) && (handle is null || handle.HandledType.IsAssignableFrom(candidate.HandledType)))
            {
                handle = candidate;
            }
        }

        if (handle is not null)
        {
            return new HandleFormatter(handle);
        }

        if (type.IsEnum)
        {
            return new EnumFormatter(type);
        }

        return CollectionFormatters.Resolve(type) ?? ResolveDerived(type) ?? ResolveOpen(type);
    }

    /// <summary>The formatter of the nearest base that is known, for the families whose members are equal for our purposes.</summary>
    private static Formatter? ResolveDerived(Type type)
    {
        if (typeof(Exception).IsAssignableFrom(type))
        {
            return new ExceptionFormatter();
        }

        if (typeof(ErrorRecord).IsAssignableFrom(type))
        {
            return new ErrorRecordFormatter();
        }

        if (typeof(Type).IsAssignableFrom(type))
        {
            return new TypeFormatter();
        }

        Type[] families =
        [
            typeof(Hashtable), typeof(ArrayList), typeof(Uri), typeof(Regex), typeof(IPAddress), typeof(CultureInfo), typeof(XmlDocument),
            typeof(WarningRecord), typeof(VerboseRecord), typeof(DebugRecord), typeof(InformationRecord), typeof(ProgressRecord),
        ];
        foreach (Type family in families)
        {
            if (family.IsAssignableFrom(type))
            {
                return BuiltIn[family];
            }
        }

        return null;
    }

    private static Formatter ResolveOpen(Type type)
    {
        if (s_handleTypes.Any(handle => handle.IsAssignableFrom(type)))
        {
            // A serializer that knows their handles does not come here.
            return new RefusingFormatter(HandleReason);
        }

        if (IsLive(type))
        {
            return new RefusingFormatter(LiveReason);
        }

        // XML nodes enumerate their children, which enumerate theirs; as an object they show what a script sees of them.
        if (typeof(IEnumerable).IsAssignableFrom(type) && !typeof(XmlNode).IsAssignableFrom(type))
        {
            return new EnumerableFormatter(type);
        }

        return new LiveObjectFormatter(type);
    }

    private static bool IsLive(Type type) =>
        typeof(Delegate).IsAssignableFrom(type)
        || typeof(Task).IsAssignableFrom(type)
        || typeof(ValueTask) == type
        || typeof(Thread).IsAssignableFrom(type)
        || typeof(Pointer) == type
        || typeof(Runspace).IsAssignableFrom(type)
        || typeof(PowerShell).IsAssignableFrom(type)
        || typeof(EngineIntrinsics).IsAssignableFrom(type)
        || typeof(SessionState).IsAssignableFrom(type);

    private static FrozenDictionary<Type, Formatter> Build()
    {
        Dictionary<Type, Formatter> table = [];
        NumberFormatters.AddTo(table);
        TimeFormatters.AddTo(table);
        TextFormatters.AddTo(table);
        SecretFormatters.AddTo(table);
        CollectionFormatters.AddTo(table);
        ScriptBlockFormatter.AddTo(table);
        RecordFormatters.AddTo(table);
        return table.ToFrozenDictionary();
    }
}
