using System.Text;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>A program to run and how to read it.</summary>
internal sealed class ProgramOptions
{
    /// <summary>The process.</summary>
    public required ChildProcessOptions Process { get; init; }

    /// <summary>The encoding of its input and output.</summary>
    public Encoding Encoding { get; init; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>True to hand its output on as byte arrays.</summary>
    public bool AsByteStream { get; init; }
}
