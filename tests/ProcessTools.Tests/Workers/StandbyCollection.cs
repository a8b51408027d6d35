using Xunit;

namespace ProcessTools.Tests.Workers;

/// <summary>Tests that count or clear the standby workers of this process run alone.</summary>
[CollectionDefinition(nameof(StandbyCollection), DisableParallelization = true)]
public sealed class StandbyCollection;
