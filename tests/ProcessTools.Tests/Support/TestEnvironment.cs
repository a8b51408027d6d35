using System.Runtime.CompilerServices;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Tests.Support;

/// <summary>What holds for all tests.</summary>
internal static class TestEnvironment
{
    /// <summary>No worker stands by, except where that is tested: most tests need one worker only.</summary>
    [ModuleInitializer]
    public static void Set() => Environment.SetEnvironmentVariable(WorkerSettings.StandbyVariable, "0");
}
