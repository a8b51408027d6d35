using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>A PowerShell session with the built module imported, as a script's author has it, with a hard limit on every call.</summary>
internal sealed class ShellSession : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    public ShellSession(PSLanguageMode languageMode = PSLanguageMode.FullLanguage)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([Repository.Manifest]);
        Runspace = RunspaceFactory.CreateRunspace(state);
        Runspace.Open();
        if (languageMode != PSLanguageMode.FullLanguage)
        {
            Runspace.SessionStateProxy.LanguageMode = languageMode;
        }
    }

    public Runspace Runspace { get; }

    /// <summary>Runs a script; fails the test when it writes an error or takes too long.</summary>
    public Collection<PSObject> Run(string script, params object?[] arguments)
    {
        ShellResult result = TryRun(script, arguments);
        Assert.True(result.Errors.Count == 0, "Unexpected error: " + string.Join(Environment.NewLine, result.Errors.Select(error => $"{error.FullyQualifiedErrorId}: {error.Exception}")));
        return result.Output;
    }

    /// <summary>Runs a script and returns what it wrote; a terminating error is the last of the errors.</summary>
    public ShellResult TryRun(string script, params object?[] arguments)
    {
        using PowerShell shell = PowerShell.Create(Runspace);
        shell.AddScript(script);
        foreach (object? argument in arguments)
        {
            shell.AddArgument(argument);
        }

        PSDataCollection<PSObject> output = [];
        IAsyncResult call = shell.BeginInvoke<PSObject, PSObject>(null, output);
        if (!call.AsyncWaitHandle.WaitOne(s_limit))
        {
            shell.Stop();
            Assert.Fail($"The script took longer than {s_limit.TotalSeconds} seconds: {script}");
        }

        List<ErrorRecord> errors = [];
        try
        {
            shell.EndInvoke(call);
        }
        catch (RuntimeException exception)
        {
            errors.Add(exception.ErrorRecord);
        }

        errors.InsertRange(0, shell.Streams.Error);
        return new ShellResult(new Collection<PSObject>([.. output]), errors, shell.Streams);
    }

    public void Dispose()
    {
        using (PowerShell shell = PowerShell.Create(Runspace))
        {
            shell.AddScript("Get-Job | Remove-Job -Force").Invoke();
        }

        Runspace.Dispose();
    }
}
