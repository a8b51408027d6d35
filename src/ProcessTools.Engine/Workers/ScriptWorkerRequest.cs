using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ProcessTools.Engine.Workers;

/// <summary>A script block to run in a worker, with everything that goes with it.</summary>
internal sealed class ScriptWorkerRequest : WorkerRequest
{
    /// <summary>The script.</summary>
    public required ScriptBlock Script { get; init; }

    /// <summary>Arguments by position.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>Arguments by name.</summary>
    public IDictionary? Parameters { get; init; }

    /// <summary>A script to run before, in the global scope.</summary>
    public ScriptBlock? Initialization { get; init; }

    /// <summary>Modules to import, by name or path.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Functions to take along beside those that are found.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>Variables to take along.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>True to take along only what is named.</summary>
    public bool NoImport { get; init; }

    /// <summary>Makes the script block of a script file.</summary>
    /// <exception cref="WorkerArgumentException">There is no such file, or it does not parse.</exception>
    public static ScriptBlock ReadFile(string path, SessionState session)
    {
        string full = session.Path.GetUnresolvedProviderPathFromPSPath(path);
        if (!File.Exists(full))
        {
            throw new ProgramNotFoundException(path, $"The script '{full}' does not exist. Check the path given with -FilePath.");
        }

        ScriptBlockAst ast = Parser.ParseFile(full, out _, out ParseError[] errors);
        return errors.Length == 0
            ? ast.GetScriptBlock()
            : throw new WorkerArgumentException(
                "ScriptParseError", ErrorCategory.ParserError, $"The script '{full}' does not parse: {errors[0].Message} (line {errors[0].Extent.StartLineNumber}).", path, new ParseException(errors));
    }

    /// <summary>Checks everything, and only then starts the worker.</summary>
    /// <param name="session">The caller's session.</param>
    /// <exception cref="ProcessToolsException">Something is wrong with the request; no process was started.</exception>
    public ScriptWorkerProcess Start(SessionState session)
    {
        ScriptCapture capture = ScriptCapture.Of(session, Script, Initialization, NoImport, Functions, Modules);
        WorkerStart start = new()
        {
            Name = Name ?? string.Empty,
            Script = ScriptSource.From(Script),
            Initialization = Initialization is null ? null : ScriptSource.From(Initialization),
            Location = ResolveWorkingDirectory(session),
            Environment = ResolveEnvironment(),
            Culture = CultureInfo.CurrentCulture.Name,
            UICulture = CultureInfo.CurrentUICulture.Name,
            StateAddress = State.SharedStates.AddressForWorkers(),
            LanguageMode = session.LanguageMode,
            HasInput = HasInput,
            Modules = [.. capture.Modules],
            Types = capture.Types,
            Functions = capture.Functions,
            Aliases = capture.Aliases,
            Variables = Variables.ToDictionary(static name => name, name => ReadVariable(session, name), StringComparer.OrdinalIgnoreCase),
            UsingValues = capture.UsingValues,
            Arguments = Arguments,
            Parameters = NamedArguments(),
        };
        return ScriptWorkerProcess.Start(start, Script.ToString().Trim(), Limits);
    }

    private Dictionary<string, object?> NamedArguments()
    {
        Dictionary<string, object?> named = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in Parameters ?? new Hashtable())
        {
            named[LanguagePrimitives.ConvertTo<string>(entry.Key)] = entry.Value;
        }

        return named;
    }
}
