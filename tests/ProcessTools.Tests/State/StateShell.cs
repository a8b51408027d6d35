using System.Management.Automation;
using ProcessTools.Engine.State;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>A session of scripts, and a named state that its tests share as <c>$s</c>, with a drive <c>shared:</c>; there is no New-PSDrive here.</summary>
public sealed class StateShell : IDisposable
{
    /// <summary>Opens the session, makes the state and the drive.</summary>
    public StateShell()
    {
        Shell.Run(
            """
            $global:s = Get-SharedState -Name $args[0]
            $provider = $ExecutionContext.SessionState.Provider.GetOne('SharedState')
            $null = $ExecutionContext.SessionState.Drive.New([System.Management.Automation.PSDriveInfo]::new('shared', $provider, $args[0], '', $null), 'global')
            """,
            Name);
        State = (SharedState)Shell.Run("$s")[0].BaseObject;
    }

    /// <summary>The name of the state.</summary>
    public string Name { get; } = $"tests-{Guid.NewGuid():N}";

    /// <summary>The state.</summary>
    public SharedState State { get; }

    internal ShellSession Shell { get; } = new();

    /// <summary>Runs a script that writes one object.</summary>
    internal object? One(string script, params object?[] arguments) => Assert.Single(Shell.Run(script, arguments))?.BaseObject;

    /// <summary>Runs a script and returns what it wrote, bare.</summary>
    internal object?[] All(string script, params object?[] arguments) => [.. Shell.Run(script, arguments).Select(static item => item?.BaseObject)];

    /// <summary>Runs a script whose only error is returned.</summary>
    internal ErrorRecord ErrorOf(string script, params object?[] arguments) => Assert.Single(Shell.TryRun(script, arguments).Errors);

    /// <summary>The module's own error in an error record; that of a method or of a provider may come wrapped.</summary>
    internal static T Cause<T>(ErrorRecord error)
        where T : Exception
    {
        for (Exception? exception = error.Exception; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        throw new Xunit.Sdk.XunitException($"Not a {typeof(T).Name}: {error.Exception}");
    }

    /// <summary>Removes the state and ends the session.</summary>
    public void Dispose()
    {
        Shell.Dispose();
        SharedStates.Remove(Name);
    }
}
