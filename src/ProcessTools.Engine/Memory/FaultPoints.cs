namespace ProcessTools.Engine.Memory;

/// <summary>
/// Lets a test stop, delay or kill this process at an exact step: before the engine's first use it puts an <c>Action&lt;FaultPoint&gt;</c> into the
/// application's data under <see cref="HookName"/>. Read once into a constant of the compiled code, so that without a hook the calls compile to nothing.
/// </summary>
internal static class FaultPoints
{
    /// <summary>The name of the hook in <see cref="AppContext.GetData"/>.</summary>
    public const string HookName = "ProcessTools.FaultHook";

    private static readonly Action<FaultPoint>? s_hook = AppContext.GetData(HookName) as Action<FaultPoint>;

    /// <summary>True in a process whose steps a test watches.</summary>
    public static bool AreWatched => s_hook is not null;

    /// <summary>Tells that a step is reached.</summary>
    public static void Reached(FaultPoint point) => s_hook?.Invoke(point);
}
