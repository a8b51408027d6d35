namespace ProcessTools.Pester;

/// <summary>Carries what Pester says of a failed test to the report.</summary>
internal sealed class PesterFailureException(string message) : Exception(message)
{
}
