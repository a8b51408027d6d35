using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace ProcessTools;

/// <summary>
/// The private load context of the engine and of what it depends on (MessagePack first of all), so that another module's version of
/// the same library and ours never meet. The default context asks for exactly one name, <c>ProcessTools.Engine</c>; everything
/// below it is found in <c>bin/private</c>. This is the bridge that Microsoft's documentation describes under
/// "Resolving PowerShell module assembly dependency conflicts".
/// </summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    private const string EngineName = "ProcessTools.Engine";
    private static readonly object s_gate = new();

    /// <summary>
    /// The folder of the same assemblies, compiled ahead for this system and this version of .NET, where the build has made them.
    /// They save a third of what a worker compiles before it can begin. Code that is compiled for another .NET is never used.
    /// </summary>
    private static readonly string s_compiled = $"net{Environment.Version.Major}-{SystemName()}";

    private static EngineLoadContext? s_instance;

    private readonly string _folder;

    private EngineLoadContext(string folder)
        : base("ProcessTools")
    {
        _folder = folder;
    }

    /// <summary>
    /// Makes the engine resolvable in this process. Idempotent and thread-safe. Where the engine is already resolvable by the
    /// default context (a test host that references it), that copy stays in charge.
    /// </summary>
    public static void Register()
    {
        lock (s_gate)
        {
            if (s_instance is not null)
            {
                return;
            }

            string? module = Path.GetDirectoryName(typeof(EngineLoadContext).Assembly.Location);
            s_instance = new EngineLoadContext(Path.Combine(module ?? AppContext.BaseDirectory, "private"));
            Default.Resolving += static (_, name) => name.Name == EngineName ? s_instance.LoadFromAssemblyName(name) : null;
        }
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        Assembly shared = typeof(EngineLoadContext).Assembly;
        if (assemblyName.Name == shared.GetName().Name)
        {
            return shared;
        }

        // What is not ours (the runtime, System.Management.Automation) comes from the default context.
        string file = assemblyName.Name + ".dll";
        string compiled = Path.Combine(_folder, s_compiled, file);
        string path = File.Exists(compiled) ? compiled : Path.Combine(_folder, file);
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        // What is not ours (libc) is found by the runtime.
        string path = Path.Combine(_folder, "native", SystemName(), NativeFile(unmanagedDllName));
        return File.Exists(path) ? LoadUnmanagedDllFromPath(path) : 0;
    }

    /// <summary>The name of this system in the folders of <c>bin/private</c>: linux-x64, linux-musl-x64, osx-arm64, win-x64.</summary>
    private static string SystemName()
    {
        // The runtime knows with which C library it was built, as linux-musl-x64 or alpine.3.20-x64.
        string built = RuntimeInformation.RuntimeIdentifier;
        bool isMusl = built.Contains("musl", StringComparison.Ordinal) || built.StartsWith("alpine", StringComparison.Ordinal);
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : isMusl ? "linux-musl" : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }

    private static string NativeFile(string name) =>
        OperatingSystem.IsWindows() ? name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";
}
