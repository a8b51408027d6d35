namespace ProcessTools.HelpGenerator.Source;

/// <summary>A paragraph, an item of a list, or lines of code.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Text">A paragraph's and an item's text on one line, without inline marks; code as it is.</param>
/// <param name="Line">Its first line in the file, counted from 1.</param>
internal sealed record TextBlock(TextBlockKind Kind, string Text, int Line);
