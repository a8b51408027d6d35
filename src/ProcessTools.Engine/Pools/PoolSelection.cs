using System.Globalization;
using System.Management.Automation;

namespace ProcessTools.Engine.Pools;

/// <summary>Finds pools by what users know of them.</summary>
internal sealed class PoolSelection(IReadOnlyList<WorkerPool> pools)
{
    /// <summary>What was found, or the error that nothing was.</summary>
    internal readonly record struct Match(IReadOnlyList<ProcessPool> Pools, ProcessToolsException? Error);

    /// <summary>Finds the pools of a name, which may have wildcards; then finding none is no error.</summary>
    public Match ByName(string name)
    {
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        ProcessPool[] found = [.. pools.Where(pool => pattern.IsMatch(pool.Name))];
        return new Match(found, found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name) ? new PoolNotFoundException(name) : null);
    }

    /// <summary>Finds the pool of a number.</summary>
    public Match ById(int id)
    {
        ProcessPool[] found = [.. pools.Where(pool => pool.Id == id)];
        return new Match(found, found.Length == 0 ? new PoolNotFoundException(id.ToString(CultureInfo.InvariantCulture)) : null);
    }
}
