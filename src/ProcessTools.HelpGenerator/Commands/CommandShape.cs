namespace ProcessTools.HelpGenerator.Commands;

/// <summary>A command as its class declares it.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Noun">The noun.</param>
/// <param name="ParameterSets">The names of its parameter sets, the default one first.</param>
/// <param name="Parameters">Its own parameters, <c>-WhatIf</c> and <c>-Confirm</c> included where it has them.</param>
internal sealed record CommandShape(
    string Verb, string Noun, IReadOnlyList<string> ParameterSets, IReadOnlyList<ParameterShape> Parameters)
{
    /// <summary>The command's name.</summary>
    public string Name => Verb + "-" + Noun;
}
