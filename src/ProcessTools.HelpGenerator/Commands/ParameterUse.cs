using System.Management.Automation;

namespace ProcessTools.HelpGenerator.Commands;

/// <summary>What a parameter is in one parameter set.</summary>
/// <param name="IsMandatory">Whether it must be given.</param>
/// <param name="Position">Its position, or null for a parameter that is given by name only.</param>
/// <param name="FromPipeline">Whether it takes objects from the pipeline.</param>
/// <param name="FromPipelineByName">Whether it takes properties of objects from the pipeline.</param>
internal sealed record ParameterUse(bool IsMandatory, int? Position, bool FromPipeline, bool FromPipelineByName)
{
    /// <summary>The name that stands for every set of a command.</summary>
    public const string AllSets = ParameterAttribute.AllParameterSets;

    /// <summary>The position as help shows it.</summary>
    public string PositionText => Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named";

    /// <summary>The pipeline input as help shows it.</summary>
    public string PipelineText => (FromPipeline, FromPipelineByName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
