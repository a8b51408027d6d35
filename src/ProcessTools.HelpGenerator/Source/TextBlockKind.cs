namespace ProcessTools.HelpGenerator.Source;

/// <summary>What a block of text is.</summary>
internal enum TextBlockKind
{
    /// <summary>Lines that belong together.</summary>
    Paragraph,

    /// <summary>A line that starts with a dash, and those that are indented below it.</summary>
    Item,

    /// <summary>Lines between fences.</summary>
    Code,

    /// <summary>Lines that start with a bar.</summary>
    Table,
}
