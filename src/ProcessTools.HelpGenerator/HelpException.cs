namespace ProcessTools.HelpGenerator;

/// <summary>The help cannot be made. Carries every problem found, so that one build shows all of them.</summary>
internal sealed class HelpException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="problems">What is wrong; at least one.</param>
    public HelpException(IReadOnlyList<HelpProblem> problems)
        : base(string.Join(Environment.NewLine, problems.Select(problem => problem.Message)))
    {
        Problems = problems;
    }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<HelpProblem> Problems { get; }
}
