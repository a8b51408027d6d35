namespace ProcessTools.HelpGenerator.Source;

/// <summary>A heading and what stands below it.</summary>
/// <param name="Name">The heading, without its mark.</param>
/// <param name="Line">Its line in the file, counted from 1.</param>
/// <param name="Blocks">The text.</param>
internal sealed record NamedText(string Name, int Line, IReadOnlyList<TextBlock> Blocks);
