using System.Collections;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace ProcessTools.Engine.Runtime;

/// <summary>
/// All members that the module uses though they are not public. Each may be missing in a later PowerShell. Its user then takes the public
/// way, which is slower or loses what is said here, and <see cref="Warning"/> tells once what is lost.
/// </summary>
internal static class HiddenMembers
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
    private const string Details = "errors and messages from workers lack a part of where they came from";

    // First, because the members below add themselves to it.
    private static readonly List<HiddenMember> s_all = [];

    /// <summary>Tells that the pipeline which called a method is being stopped.</summary>
    public static readonly HiddenMember RunningPipeline = Add(
        typeof(Runspace), "GetCurrentlyRunningPipeline", "Ctrl+C ends a wait inside a method.", "Ctrl+C ends a method's wait at its timeout only");

    /// <summary>Where a script block writes to.</summary>
    public static readonly HiddenMember Pipe = Add(
        "Internal.Pipe", ".ctor", "An item's output is sent while it runs.", "the output of a pool's item comes when the item is done",
        static type => type.GetConstructor(Any, [typeof(Collection<PSObject>)]));

    /// <summary>Runs a script block as ForEach-Object does.</summary>
    public static readonly HiddenMember InvokeWithPipe = Add(
        typeof(ScriptBlock), "InvokeWithPipe", "An item's output is sent while it runs.", "the output of a pool's item comes when the item is done",
        static type => type.GetMethods(Any).SingleOrDefault(static candidate =>
            candidate.Name == "InvokeWithPipe" && candidate.GetParameters() is [{ Name: "useLocalScope" }, _, { Name: "dollarUnder" }, .., { Name: "args" }] all && all.Length == 11));

    /// <summary>The note properties of an object, where it has any.</summary>
    public static readonly HiddenMember HasInstanceMembers = Add(typeof(PSObject), "HasInstanceMembers", "Objects are written fast.", null);

    /// <summary>The store of those note properties.</summary>
    public static readonly HiddenMember MemberStore = Add(
        "PSMemberInfoInternalCollection`1", "_members", "Objects are written fast.", null, static type => type.MakeGenericType(typeof(PSMemberInfo)).GetField("_members", Any));

    /// <summary>The note properties of an object, made where it has none.</summary>
    public static readonly HiddenMember InstanceMembers = Add(typeof(PSObject), "InstanceMembers", "Objects are read fast.", null);

    /// <summary>The type names of an object without a copy.</summary>
    public static readonly HiddenMember TypeNames = Add(typeof(PSObject), "InternalTypeNames", "Objects are written fast.", null);

    /// <summary>Whether an object came from CLIXML.</summary>
    public static readonly HiddenMember IsDeserialized = Add(typeof(PSObject), "IsDeserialized", "Objects are written fast.", null);

    /// <summary>The text that a deserialized object shows.</summary>
    public static readonly HiddenMember DeserializedText = Add(
        typeof(PSObject), "ToStringFromDeserialization", "An object that travels as its properties keeps its text.", "objects that travel as their properties lose their text");

    /// <summary>The comparer of a hashtable.</summary>
    public static readonly HiddenMember HashtableComparer = Add(
        typeof(Hashtable), "EqualityComparer", "A hashtable keeps whether case matters in its keys.", "hashtables in which case matters arrive as others");

    /// <summary>The comparer of an ordered dictionary.</summary>
    public static readonly HiddenMember OrderedComparer = Add(
        typeof(OrderedDictionary), "_comparer", "An ordered dictionary keeps whether case matters in its keys.", "ordered dictionaries in which case matters arrive as others");

    /// <summary>The position in a script that an error came from.</summary>
    public static readonly HiddenMember ScriptPosition = Add(typeof(InvocationInfo), "ScriptPosition", "Errors keep their position.", Details);

    /// <summary>Makes the command that an error came from.</summary>
    public static readonly HiddenMember RemoteCommand = Add(
        "RemoteCommandInfo", ".ctor", "Errors keep the command that they came from.", Details, static type => type.GetConstructor(Any, [typeof(string), typeof(CommandTypes)]));

    /// <summary>The setters of what an error tells of the call that it came from.</summary>
    public static readonly HiddenMember InvocationName = OfInvocation(nameof(InvocationInfo.InvocationName));
    public static readonly HiddenMember InvocationHistoryId = OfInvocation(nameof(InvocationInfo.HistoryId));
    public static readonly HiddenMember InvocationLength = OfInvocation(nameof(InvocationInfo.PipelineLength));
    public static readonly HiddenMember InvocationPosition = OfInvocation(nameof(InvocationInfo.PipelinePosition));
    public static readonly HiddenMember InvocationExpectsInput = OfInvocation(nameof(InvocationInfo.ExpectingInput));
    public static readonly HiddenMember InvocationOrigin = OfInvocation(nameof(InvocationInfo.CommandOrigin));

    /// <summary>The identifier of an error.</summary>
    public static readonly HiddenMember ErrorId = Add(
        typeof(ErrorRecord), "_serializedFullyQualifiedErrorId", "Errors keep their FullyQualifiedErrorId.", "the FullyQualifiedErrorId of errors from workers differs");

    /// <summary>The script stack of an error.</summary>
    public static readonly HiddenMember ErrorStack = Add(typeof(ErrorRecord), "_scriptStackTrace", "Errors keep their script stack.", Details);

    /// <summary>The call that an error came from.</summary>
    public static readonly HiddenMember ErrorInvocation = Add(typeof(ErrorRecord), "_invocationInfo", "Errors keep where they came from.", Details);

    /// <summary>The target of an error.</summary>
    public static readonly HiddenMember ErrorTarget = Add(typeof(ErrorRecord), "_target", "An item's error has the item as its target.", "errors of a pool's items have no TargetObject");

    /// <summary>The error record of an exception.</summary>
    public static readonly HiddenMember ExceptionRecord = Add(typeof(RuntimeException), "_errorRecord", "An exception keeps its error record.", Details);

    /// <summary>The call that a warning or a message came from.</summary>
    public static readonly HiddenMember RecordInvocation = Add(typeof(InformationalRecord), "_invocationInfo", "Warnings keep where they came from.", Details);

    /// <summary>The pipeline of a command.</summary>
    public static readonly HiddenMember PipelineProcessor = Add(
        "MshCommandRuntime", "PipelineProcessor", "A watched folder tells an error from Select-Object -First.",
        "Receive-ProcessMessage -Path takes Select-Object -First for an error",
        static type => type.GetProperty("PipelineProcessor", Any));

    /// <summary>The error that ended a pipeline.</summary>
    public static readonly HiddenMember FirstError = Add(
        "Internal.PipelineProcessor", "_firstTerminatingError", "A watched folder tells an error from Select-Object -First.",
        "Receive-ProcessMessage -Path takes Select-Object -First for an error",
        static type => type.GetFields(Any).FirstOrDefault(static field => field.FieldType == typeof(ExceptionDispatchInfo)));

    /// <summary>The syntax tree of a method of a script's class.</summary>
    public static readonly HiddenMember ClassTree = Add(
        "Internal.ScriptBlockMemberMethodWrapper", "_ast", "Classes of a script travel to workers.", "classes of a script do not travel to workers by themselves",
        static type => type.GetField("_ast", Any));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<HiddenMember> All => s_all;

    /// <summary>Says what does not work in this PowerShell; null when everything does.</summary>
    /// <param name="members">The members to look for.</param>
    public static string? Warning(IEnumerable<HiddenMember> members)
    {
        HiddenMember[] missing = [.. members.Where(static member => member.Loss is not null && !member.Exists)];
        if (missing.Length == 0)
        {
            return null;
        }

        string losses = string.Join("; ", missing.Select(static member => member.Loss).Distinct());
        return $"This version of PowerShell, {typeof(PSObject).Assembly.GetName().Version}, lacks {string.Join(", ", missing.Select(static member => member.Name))}. "
            + $"ProcessTools works, but {losses}. Look for a newer version of ProcessTools.";
    }

    private static HiddenMember OfInvocation(string name) => Add(typeof(InvocationInfo), name, "Errors keep the call that they came from.", Details);

    private static HiddenMember Add(Type type, string name, string purpose, string? loss, Func<Type, MemberInfo?>? find = null)
    {
        find ??= owner => owner.GetMember(name, Any) is [MemberInfo found] ? found : null;
        HiddenMember member = new($"{type.Name}.{name}", purpose, loss, () => find(type));
        s_all.Add(member);
        return member;
    }

    private static HiddenMember Add(string type, string name, string purpose, string? loss, Func<Type, MemberInfo?> find)
    {
        HiddenMember member = new(
            $"{type}.{name}", purpose, loss, () => typeof(PSObject).Assembly.GetType("System.Management.Automation." + type) is { } owner ? find(owner) : null);
        s_all.Add(member);
        return member;
    }
}
