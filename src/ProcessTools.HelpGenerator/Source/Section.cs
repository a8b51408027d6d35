namespace ProcessTools.HelpGenerator.Source;

/// <summary>A part of a page: a heading of some level, the text below it, and the parts of the next level.</summary>
/// <param name="Name">The heading.</param>
/// <param name="Line">Its line in the file, counted from 1.</param>
/// <param name="Blocks">The text before the first part below it.</param>
/// <param name="Sections">The parts below it.</param>
internal sealed record Section(string Name, int Line, List<TextBlock> Blocks, List<Section> Sections);
