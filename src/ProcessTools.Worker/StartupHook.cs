using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using ProcessTools;
using ProcessTools.Engine.Workers.Hosting;

/// <summary>
/// The runtime's startup hook (DOTNET_STARTUP_HOOKS): called before Main in a copy of the caller's program, it becomes a worker and
/// never lets Main run. The name, the missing namespace and the method are what the runtime asks for.
/// </summary>
#pragma warning disable CA1050 // The runtime finds the hook by this name, outside any namespace.
internal static class StartupHook
#pragma warning restore CA1050
{
    private const string AbstractionsName = "ProcessTools.Abstractions";

    /// <summary>Runs the worker to its end, where this process was started as one.</summary>
    public static void Initialize()
    {
        string? address = Environment.GetEnvironmentVariable("PROCESSTOOLS_WORKER");
        if (string.IsNullOrEmpty(address))
        {
            return;
        }

        // The default context does not look beside a startup hook for what it refers to.
        string hook = typeof(StartupHook).Assembly.Location;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Name == AbstractionsName ? LoadBeside(context, hook) : null;
        Environment.Exit(Run(address, hook));
    }

    private static Assembly LoadBeside(AssemblyLoadContext context, string hook) =>
        context.LoadFromAssemblyPath(Path.Combine(Path.GetDirectoryName(hook)!, AbstractionsName + ".dll"));

    // Kept out of line: the abstractions can be resolved only after the handler above is in place.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string address, string hook)
    {
        EngineLoadContext.Register();
        return RunEngine(address, hook);
    }

    // And the engine only after the load context is registered.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunEngine(string address, string hook) => WorkerMain.Run(address, hook);
}
