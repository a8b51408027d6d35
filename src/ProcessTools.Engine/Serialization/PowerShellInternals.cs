using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;
using ProcessTools.Engine.Runtime;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// The members of <see cref="HiddenMembers"/> that the formatters use, each as a delegate made once. One that is missing in a later
/// PowerShell is null here, and its user takes the public way, which is slower or loses a detail.
/// </summary>
internal static class PowerShellInternals
{
    /// <summary>
    /// The note properties of an object itself, in order; null if it has none. The public <see cref="PSObject.Properties"/> consults
    /// adapters and type tables for each object and costs five times as much.
    /// </summary>
    internal static readonly Func<PSObject, OrderedDictionary?>? InstanceMembers = Guard(MakeInstanceMembers);

    /// <summary>Type names without the copy that <see cref="PSObject.TypeNames"/> makes and then keeps in the object.</summary>
    internal static readonly Func<PSObject, Collection<string>>? TypeNames = MakeGetter<PSObject, Collection<string>>(HiddenMembers.TypeNames);

    /// <summary>The text that a deserialized object shows instead of its properties.</summary>
    internal static readonly Func<PSObject, string?>? GetText = MakeGetter<PSObject, string?>(HiddenMembers.DeserializedText);

    /// <summary>Sets the text that a deserialized object shows instead of its properties.</summary>
    internal static readonly Action<PSObject, string?>? SetText = MakeSetter<PSObject, string?>(HiddenMembers.DeserializedText);

    /// <summary>Whether an object came from CLIXML, whose properties are not among <see cref="InstanceMembers"/>.</summary>
    internal static readonly Func<PSObject, bool>? IsDeserialized = MakeGetter<PSObject, bool>(HiddenMembers.IsDeserialized);

    /// <summary>An object with room for so many note properties.</summary>
    internal static readonly Func<int, PSObject> NewObject = Guard(MakeNewObject) ?? (static _ => new PSObject());

    /// <summary>
    /// Where an object keeps its note properties. Filling it takes less than half of what <see cref="PSObject.Properties"/> takes, but
    /// does not tell PowerShell's call sites that a member of that name exists; so the first object of a shape goes the public way.
    /// </summary>
    internal static readonly Func<PSObject, OrderedDictionary>? Members = Guard(MakeMembers);

    /// <summary>The comparer of a hashtable, null where keys compare by themselves.</summary>
    internal static readonly Func<System.Collections.Hashtable, System.Collections.IEqualityComparer?>? HashtableComparer =
        MakeGetter<System.Collections.Hashtable, System.Collections.IEqualityComparer?>(HiddenMembers.HashtableComparer);

    /// <summary>The comparer of an ordered dictionary, null where keys compare by themselves.</summary>
    internal static readonly Func<OrderedDictionary, System.Collections.IEqualityComparer?>? OrderedComparer =
        MakeGetter<OrderedDictionary, System.Collections.IEqualityComparer?>(HiddenMembers.OrderedComparer);

    /// <summary>Reads a property or field that may not be public.</summary>
    /// <typeparam name="T">The type that has it.</typeparam>
    /// <typeparam name="TValue">What it holds.</typeparam>
    /// <param name="member">The property or field.</param>
    /// <returns>The delegate, or null where this PowerShell lacks the member.</returns>
    internal static Func<T, TValue>? MakeGetter<T, TValue>(HiddenMember member) => Guard(() =>
    {
        ParameterExpression target = Expression.Parameter(typeof(T));
        return Expression.Lambda<Func<T, TValue>>(Expression.Convert(Member(target, member), typeof(TValue)), target).Compile();
    });

    /// <summary>Sets a property or field that may not be public.</summary>
    /// <typeparam name="T">The type that has it.</typeparam>
    /// <typeparam name="TValue">What is set.</typeparam>
    /// <param name="member">The property or field.</param>
    /// <returns>The delegate, or null where this PowerShell lacks the member.</returns>
    internal static Action<T, TValue>? MakeSetter<T, TValue>(HiddenMember member) => Guard(() =>
    {
        ParameterExpression target = Expression.Parameter(typeof(T));
        ParameterExpression value = Expression.Parameter(typeof(TValue));
        MemberExpression place = Member(target, member);
        return Expression.Lambda<Action<T, TValue>>(Expression.Assign(place, Expression.Convert(value, place.Type)), target, value).Compile();
    });

    /// <summary>Makes a delegate, or null if this PowerShell lacks the member.</summary>
    /// <typeparam name="T">The delegate's type.</typeparam>
    /// <param name="make">Makes it.</param>
    /// <returns>The delegate or null.</returns>
    internal static T? Guard<T>(Func<T> make)
        where T : Delegate
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or MemberAccessException)
        {
            return null;
        }
    }

    private static MemberExpression Member(Expression target, HiddenMember member) => Expression.MakeMemberAccess(target, member.Get<MemberInfo>());

    private static Func<PSObject, OrderedDictionary?> MakeInstanceMembers()
    {
        // static bool HasInstanceMembers(object, out PSMemberInfoInternalCollection<PSMemberInfo>), then that collection's own store.
        MethodInfo has = HiddenMembers.HasInstanceMembers.Get<MethodInfo>();
        Type collection = has.GetParameters()[1].ParameterType.GetElementType() ?? throw new MissingMemberException("HasInstanceMembers");
        ParameterExpression target = Expression.Parameter(typeof(PSObject));
        ParameterExpression members = Expression.Variable(collection);
        BlockExpression body = Expression.Block(
            [members],
            Expression.Condition(
                Expression.Call(has, target, members),
                Expression.Convert(Member(members, HiddenMembers.MemberStore), typeof(OrderedDictionary)),
                Expression.Constant(null, typeof(OrderedDictionary))));
        return Expression.Lambda<Func<PSObject, OrderedDictionary?>>(body, target).Compile();
    }

    private static Func<PSObject, OrderedDictionary> MakeMembers()
    {
        ParameterExpression target = Expression.Parameter(typeof(PSObject));
        return Expression.Lambda<Func<PSObject, OrderedDictionary>>(Expression.PropertyOrField(Member(target, HiddenMembers.InstanceMembers), "Members"), target).Compile();
    }

    private static Func<int, PSObject> MakeNewObject()
    {
        ConstructorInfo constructor = typeof(PSObject).GetConstructor([typeof(int)]) ?? throw new MissingMemberException(nameof(PSObject), ".ctor");
        ParameterExpression capacity = Expression.Parameter(typeof(int));
        return Expression.Lambda<Func<int, PSObject>>(Expression.New(constructor, capacity), capacity).Compile();
    }
}
