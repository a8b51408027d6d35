namespace ProcessTools.HelpGenerator;

/// <summary>Something in the help that must be put right.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="Line">The line, counted from 1.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record HelpProblem(string File, int Line, string Message);
