using System.Reflection;

namespace ProcessTools.Engine.Runtime;

/// <summary>A member of PowerShell or .NET that is not public, why the module uses it, and what is lost where it is missing.</summary>
internal sealed class HiddenMember
{
    private readonly Func<MemberInfo?> _find;

    /// <summary>Describes a member; looks for nothing yet.</summary>
    /// <param name="name">Its type and name, for messages.</param>
    /// <param name="purpose">What the module does with it.</param>
    /// <param name="loss">What does not work without it, as the end of "Without it, …"; null when it only costs time.</param>
    /// <param name="find">Finds it.</param>
    public HiddenMember(string name, string purpose, string? loss, Func<MemberInfo?> find)
    {
        Name = name;
        Purpose = purpose;
        Loss = loss;
        _find = find;
    }

    /// <summary>Its type and name.</summary>
    public string Name { get; }

    /// <summary>What the module does with it.</summary>
    public string Purpose { get; }

    /// <summary>What does not work without it; null when its absence only costs time.</summary>
    public string? Loss { get; }

    /// <summary>Whether this PowerShell has it.</summary>
    public bool Exists => _find() is not null;

    /// <summary>Gets it.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <exception cref="MissingMemberException">This PowerShell does not have it.</exception>
    public T Get<T>()
        where T : MemberInfo => _find() as T ?? throw new MissingMemberException(Name);
}
