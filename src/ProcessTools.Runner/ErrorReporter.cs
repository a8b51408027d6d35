using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ProcessTools.Runner;

/// <summary>Shows the error that ended the script as PowerShell shows errors: by its own formatting, on the error stream.</summary>
internal static class ErrorReporter
{
    /// <summary>Writes the error to the console.</summary>
    /// <param name="runspace">The runspace that the error came from; idle.</param>
    /// <param name="ui">The console.</param>
    /// <param name="exception">What was thrown out of the pipeline.</param>
    public static void Report(Runspace runspace, RunnerHostUserInterface ui, RuntimeException exception)
    {
        try
        {
            // Written as data, because a cmdlet that reported it would replace the place where it happened with its own.
            using Pipeline pipeline = runspace.CreatePipeline();
            pipeline.Commands.Add("Out-Default");
            pipeline.Input.Write(exception.ErrorRecord);
            pipeline.Input.Close();
            ui.OutputGoesToError = true;
            pipeline.Invoke();
        }
        catch (Exception e) when (e is RuntimeException or InvalidOperationException)
        {
            ui.WriteErrorLine(exception.ErrorRecord.ToString());
        }
        finally
        {
            ui.OutputGoesToError = false;
        }
    }
}
