using System.Reflection;
using System.Runtime.Loader;

namespace ProcessTools.HelpGenerator.Commands;

/// <summary>Loads a staged module as PowerShell would, without running anything of it.</summary>
internal static class ModuleAssembly
{
    /// <summary>Loads the assembly; what it needs is found beside it and in <c>private</c>.</summary>
    /// <param name="path">The module's dll.</param>
    /// <returns>The assembly.</returns>
    public static Assembly Load(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
        {
            string[] places = [Path.Combine(folder, name.Name + ".dll"), Path.Combine(folder, "private", name.Name + ".dll")];
            string? found = places.FirstOrDefault(File.Exists);
            return found is null ? null : context.LoadFromAssemblyPath(found);
        };
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(full);
    }
}
