namespace ProcessTools.Runner;

/// <summary>What the runner's exit code means where the script itself does not say.</summary>
internal static class ExitCodes
{
    /// <summary>The script ended.</summary>
    public const int Success = 0;

    /// <summary>The script ended by an uncaught error.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense: EX_USAGE of sysexits.h, as pwsh has it.</summary>
    public const int Usage = 64;

    /// <summary>What shells add to a signal's number for a program that the signal ended.</summary>
    public const int SignalBase = 128;
}
