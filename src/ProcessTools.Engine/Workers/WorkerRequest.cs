using System.Collections;
using System.Management.Automation;

namespace ProcessTools.Engine.Workers;

/// <summary>What is asked of <c>Start-WorkerProcess</c> whatever it starts, as the caller gave it.</summary>
internal abstract class WorkerRequest
{
    /// <summary>The worker's name, or null for one made from its id.</summary>
    public string? Name { get; init; }

    /// <summary>The folder to start in as the caller wrote it, or null for the caller's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Variables to set in the worker's environment, or, with a null value, to remove.</summary>
    public IDictionary? Environment { get; init; }

    /// <summary>True when input objects will be sent.</summary>
    public bool HasInput { get; init; }

    /// <summary>The limits to run under.</summary>
    public WorkerLimits Limits { get; init; } = new();

    /// <summary>The folder to start in.</summary>
    /// <exception cref="WorkerArgumentException">There is no such folder.</exception>
    protected string ResolveWorkingDirectory(SessionState session)
    {
        if (WorkingDirectory is null)
        {
            return session.Path.CurrentFileSystemLocation.ProviderPath;
        }

        string path = session.Path.GetUnresolvedProviderPathFromPSPath(WorkingDirectory);
        return Directory.Exists(path) ? path : throw new WorkerArgumentException(
            "WorkingDirectoryNotFound",
            ErrorCategory.ObjectNotFound,
            $"The folder '{path}' to start in does not exist. Create it first, or give another with -WorkingDirectory.",
            WorkingDirectory);
    }

    /// <summary>The value of a variable of the caller's.</summary>
    /// <exception cref="WorkerArgumentException">There is no such variable.</exception>
    public static object? ReadVariable(SessionState session, string name)
    {
        PSVariable variable = session.PSVariable.Get(name) ?? throw new WorkerArgumentException(
            "VariableNotFound", ErrorCategory.ObjectNotFound, $"There is no variable '${name}' in this session to take along. Check -Variable.", name);
        return variable.Value;
    }

    /// <summary>The caller's environment with the changes that were asked for.</summary>
    protected Dictionary<string, string> ResolveEnvironment()
    {
        Dictionary<string, string> environment = WorkerLink.CurrentEnvironment();
        foreach (DictionaryEntry entry in Environment ?? new Hashtable())
        {
            string name = LanguagePrimitives.ConvertTo<string>(entry.Key);
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
            {
                throw new WorkerArgumentException(
                    "InvalidArgument", ErrorCategory.InvalidArgument, $"'{name}' cannot be the name of an environment variable. Check -Environment.", name);
            }

            if (entry.Value is null)
            {
                environment.Remove(name);
            }
            else
            {
                environment[name] = LanguagePrimitives.ConvertTo<string>(entry.Value);
            }
        }

        return environment;
    }
}
