namespace ProcessTools.HelpGenerator.Source;

/// <summary>The help of one command, as it is written.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The command's name.</param>
/// <param name="Synopsis">One sentence.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">Each parameter's description; names without a dash.</param>
/// <param name="Inputs">The types that it takes from the pipeline.</param>
/// <param name="Outputs">The types that it writes.</param>
/// <param name="Examples">How it is used.</param>
/// <param name="Notes">What else there is to know.</param>
/// <param name="Links">Where to read on.</param>
internal sealed record CommandPage(
    string File,
    string Name,
    string Synopsis,
    IReadOnlyList<TextBlock> Description,
    IReadOnlyList<NamedText> Parameters,
    IReadOnlyList<NamedText> Inputs,
    IReadOnlyList<NamedText> Outputs,
    IReadOnlyList<CommandExample> Examples,
    IReadOnlyList<TextBlock> Notes,
    IReadOnlyList<string> Links);
