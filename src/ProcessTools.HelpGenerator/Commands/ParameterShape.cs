namespace ProcessTools.HelpGenerator.Commands;

/// <summary>A parameter as its property declares it.</summary>
/// <param name="Name">The name, without a dash.</param>
/// <param name="Type">The type, without Nullable.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="DefaultValue">What it is when it is not given, for people; <c>None</c> where there is nothing to say.</param>
/// <param name="Uses">What it is in each parameter set that has it.</param>
/// <param name="SupportsWildcards">Whether it takes patterns.</param>
/// <param name="ValidValues">The only values that it takes; empty where there are others.</param>
internal sealed record ParameterShape(
    string Name,
    Type Type,
    IReadOnlyList<string> Aliases,
    string DefaultValue,
    IReadOnlyDictionary<string, ParameterUse> Uses,
    bool SupportsWildcards,
    IReadOnlyList<string> ValidValues)
{
    /// <summary>Whether PowerShell itself adds the parameter to a command that supports ShouldProcess.</summary>
    public bool IsShouldProcess => Name is "WhatIf" or "Confirm";

    /// <summary>The use in a set, or null where the set does not have the parameter.</summary>
    /// <param name="parameterSet">The set's name.</param>
    /// <returns>The use, or null.</returns>
    public ParameterUse? In(string parameterSet) =>
        Uses.TryGetValue(parameterSet, out ParameterUse? use) || Uses.TryGetValue(ParameterUse.AllSets, out use) ? use : null;
}
