namespace ProcessTools.HelpGenerator.Source;

/// <summary>A topic that is about no single command.</summary>
/// <param name="Name">Its name, which starts with <c>about_</c>.</param>
/// <param name="Short">What it is about, in a sentence or two: the text before the first section.</param>
/// <param name="Sections">The topic.</param>
internal sealed record AboutTopic(string Name, IReadOnlyList<TextBlock> Short, IReadOnlyList<Section> Sections)
{
    /// <summary>Reads a topic.</summary>
    /// <param name="file">The file, for messages; its name must be the topic's.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The topic.</returns>
    /// <exception cref="HelpException">The topic is not written as it should be.</exception>
    public static AboutTopic Parse(string file, string text)
    {
        Section page = Markdown.Parse(file, text);
        if (page.Name != Path.GetFileNameWithoutExtension(file) || page.Blocks.Count == 0)
        {
            throw new HelpException([new HelpProblem(file, page.Line, "A topic starts with its file's name as heading, and a short description.")]);
        }

        return new AboutTopic(page.Name, page.Blocks, page.Sections);
    }
}
