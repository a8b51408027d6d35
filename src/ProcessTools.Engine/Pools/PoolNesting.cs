using System.Globalization;

namespace ProcessTools.Engine.Pools;

/// <summary>How deep pools are nested in this process. It is in the environment, so that whatever a pool's worker starts knows it too.</summary>
internal static class PoolNesting
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "PROCESSTOOLS_POOL_DEPTH";

    /// <summary>Pools deeper than this are refused: a script block that calls itself would fill the machine with processes.</summary>
    public const int Most = 4;

    /// <summary>The depth of this process: 0 for a session.</summary>
    public static int Depth =>
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out int depth) ? depth : 0;

    /// <summary>How many workers a pool has that was given no size: one for each processor, but in a worker of a pool, whose siblings have the other processors, one.</summary>
    public static int DefaultSize => Depth == 0 ? Environment.ProcessorCount : 1;

    /// <summary>Refuses a pool that is nested too deep.</summary>
    /// <exception cref="PoolNestedTooDeepException">It is.</exception>
    public static void Check()
    {
        if (Depth >= Most)
        {
            throw new PoolNestedTooDeepException(Depth);
        }
    }
}
