using System.Management.Automation.Language;
using System.Reflection;
using System.Text;
using ProcessTools.Engine.Runtime;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// Finds the PowerShell classes and enums that a script names, so that they can be defined in a worker: in the file that the
/// script stands in, or, for those defined at the prompt or in another file, from the class itself.
/// </summary>
internal sealed class TypeCapture
{
    // Where PowerShell keeps the methods of a class, and in each the syntax tree that it came from. Both are internal; where a later version
    // names them differently, classes of other files are not found and the script says that the type is unknown.
    private const string HelpersSuffix = "_<staticHelpers>";

    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ScriptSource> _sources = [];

    /// <summary>The definitions, each after what it is built on.</summary>
    public IReadOnlyList<ScriptSource> Sources => _sources;

    /// <summary>Takes the types that a piece of script names.</summary>
    public void AddFrom(Ast script)
    {
        foreach (ITypeName name in NamesIn(script))
        {
            Add(name, script);
        }
    }

    private static IEnumerable<ITypeName> NamesIn(Ast script)
    {
        foreach (Ast node in script.FindAll(
            static ast => ast is TypeExpressionAst or TypeConstraintAst or AttributeAst, searchNestedScriptBlocks: true))
        {
            ITypeName name = node switch
            {
                TypeExpressionAst expression => expression.TypeName,
                AttributeBaseAst attribute => attribute.TypeName,
                _ => throw new InvalidOperationException(),
            };
            foreach (ITypeName simple in Flatten(name))
            {
                yield return simple;
            }
        }
    }

    private static IEnumerable<ITypeName> Flatten(ITypeName name) => name switch
    {
        ArrayTypeName array => Flatten(array.ElementType),
        GenericTypeName generic => generic.GenericArguments.SelectMany(Flatten),
        _ => [name],
    };

    private void Add(ITypeName name, Ast script)
    {
        if (!_seen.Add(name.FullName))
        {
            return;
        }

        if (DefinitionInFile(name.FullName, script) is { } definition)
        {
            AddDefinition(definition, script);
        }
        else if (name.GetReflectionType() is { } type && type.Assembly.IsDynamic)
        {
            if (DefinitionOf(type) is { } found)
            {
                AddDefinition(found, script);
            }
            else if (type.IsEnum)
            {
                _sources.Add(EnumSource(type));
            }
        }
    }

    private void AddDefinition(TypeDefinitionAst definition, Ast script)
    {
        // A type of the script's own is defined when it runs.
        for (Ast? outer = definition; outer is not null; outer = outer.Parent)
        {
            if (ReferenceEquals(outer, script))
            {
                return;
            }
        }

        // Bases and members' types first.
        AddFrom(definition);
        _sources.Add(ScriptSource.From(definition));
    }

    private static TypeDefinitionAst? DefinitionInFile(string name, Ast script)
    {
        Ast root = script;
        while (root.Parent is not null)
        {
            root = root.Parent;
        }

        return (TypeDefinitionAst?)root.Find(
            node => node is TypeDefinitionAst definition && definition.Name.Equals(name, StringComparison.OrdinalIgnoreCase), searchNestedScriptBlocks: true);
    }

    private static TypeDefinitionAst? DefinitionOf(Type type)
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        Type? helpers = type.Assembly.GetType(type.FullName + HelpersSuffix);
        foreach (FieldInfo field in helpers?.GetFields(All) ?? [])
        {
            // Not each of these fields is a method: one keeps the session.
            Ast? tree = HiddenMembers.ClassTree.Exists && field.GetValue(null) is { } helper
                && HiddenMembers.ClassTree.Get<FieldInfo>() is { } member && member.DeclaringType!.IsInstanceOfType(helper)
                    ? member.GetValue(helper) as Ast : null;
            while (tree is not null and not TypeDefinitionAst)
            {
                tree = tree.Parent;
            }

            if (tree is TypeDefinitionAst definition)
            {
                return definition;
            }
        }

        return null;
    }

    private static ScriptSource EnumSource(Type type)
    {
        StringBuilder text = new();
        if (type.IsDefined(typeof(FlagsAttribute), inherit: false))
        {
            text.Append("[Flags()] ");
        }

        text.Append("enum ").Append(type.Name).Append(" : ").Append(Enum.GetUnderlyingType(type).Name).Append(" { ");
        foreach (string member in Enum.GetNames(type))
        {
            object value = Convert.ChangeType(Enum.Parse(type, member), Enum.GetUnderlyingType(type), System.Globalization.CultureInfo.InvariantCulture);
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{member} = {value}; ");
        }

        return new ScriptSource(text.Append('}').ToString(), null, 1, 1, string.Empty);
    }
}
