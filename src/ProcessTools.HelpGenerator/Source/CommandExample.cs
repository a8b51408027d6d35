namespace ProcessTools.HelpGenerator.Source;

/// <summary>An example.</summary>
/// <param name="Title"><c>Example 1: what it shows</c>.</param>
/// <param name="Code">What to type.</param>
/// <param name="Remarks">What it does and why.</param>
internal sealed record CommandExample(string Title, string Code, IReadOnlyList<TextBlock> Remarks);
