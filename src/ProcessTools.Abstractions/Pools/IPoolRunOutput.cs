using System.Management.Automation;

namespace ProcessTools;

/// <summary>Where what items write goes: the streams of a command, or those of a job. Called by the run's thread only.</summary>
internal interface IPoolRunOutput
{
    /// <summary>Writes an object.</summary>
    public void WriteOutput(object? value);

    /// <summary>Writes an error, a warning, or a record of another stream.</summary>
    public void WriteRecord(object record);

    /// <summary>Runs a callback of the caller's.</summary>
    public void RunCallback(ScriptBlock callback, object? value, object? item);
}
