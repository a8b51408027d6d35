using System.Management.Automation.Language;

namespace ProcessTools.Runner;

/// <summary>The text behind <c>-Command</c>.</summary>
internal static class CommandText
{
    /// <summary>
    /// Makes a failed last command the text's exit code 1, as with <c>pwsh -Command</c>. Only the text itself can see its
    /// <c>$?</c>; one that has blocks of its own (<c>process { }</c>) has no place to add to and stays as it is.
    /// </summary>
    /// <param name="text">What the user typed.</param>
    /// <returns>The text to run.</returns>
    public static string WithExitCode(string text)
    {
        ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
        bool plain = errors.Length == 0 && script.EndBlock is { Unnamed: true } && script.BeginBlock is null && script.ProcessBlock is null;
        return plain ? text + "\n\nif (-not $?) { exit 1 }" : text;
    }
}
