using System.Collections;
using System.Management.Automation;

namespace ProcessTools.HelpGenerator.Output;

/// <summary>Names types as PowerShell's users write them.</summary>
internal static class TypeNames
{
    /// <summary>Names a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Its short name.</returns>
    public static string Of(Type type)
    {
        if (type.IsArray)
        {
            return Of(type.GetElementType()!) + "[]";
        }

        // PowerShell converts numbers of seconds and hashtables; these names say what to type.
        return type == typeof(PSObject) ? "Object"
            : type == typeof(IDictionary) ? "Hashtable"
            : type.Name;
    }
}
