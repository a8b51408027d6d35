using System.Collections.ObjectModel;
using System.Management.Automation;

namespace ProcessTools.Tests.Support;

/// <summary>What a script wrote.</summary>
internal sealed record ShellResult(Collection<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, PSDataStreams Streams);
