using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Text;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// Finds what a script block needs of its caller: values of its <c>$using:</c> expressions, functions and aliases that it calls, the
/// modules that its commands come from, and the PowerShell classes that it names; transitively, from the syntax tree. Runs on the
/// caller's pipeline thread and starts nothing there: no module is loaded by looking.
/// </summary>
internal sealed class ScriptCapture
{
    // Commands whose script blocks have a $using: of their own, resolved when they run in the worker.
    private static readonly HashSet<string> s_remoteCommands = new(StringComparer.OrdinalIgnoreCase)
    {
        "Start-WorkerProcess", "Invoke-ProcessPool", "New-ProcessPool", "Start-Job", "Start-ThreadJob", "Invoke-Command", "ForEach-Object", "%",
        "foreach", "sajb", "icm",
    };

    // Of these only with -Parallel.
    private static readonly HashSet<string> s_loopCommands = new(StringComparer.OrdinalIgnoreCase) { "ForEach-Object", "%", "foreach" };

    // Commands that name a provider, whose module no command of its own leads to.
    private static readonly HashSet<string> s_driveCommands = new(StringComparer.OrdinalIgnoreCase) { "New-PSDrive", "ndr", "mount" };

    private static readonly Lazy<HashSet<string>> s_defaultFunctions = new(() => DefaultNames<SessionStateFunctionEntry>());
    private static readonly Lazy<HashSet<string>> s_defaultAliases = new(() => DefaultNames<SessionStateAliasEntry>());

    private readonly SessionState _session;
    private readonly Dictionary<string, ScriptSource> _functions = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _seenCommands = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _modules = new(StringComparer.Ordinal);
    private readonly TypeCapture _types = new();
    private readonly Dictionary<string, object?> _usingValues = [];

    public ScriptCapture(SessionState session)
    {
        _session = session;
    }

    /// <summary>What a script takes along that is not of any session.</summary>
    public static ScriptCapture OfNothing { get; } = new(null!);

    /// <summary>Takes what a script and its initialization use of a session, and what the caller names beside.</summary>
    /// <param name="session">The session.</param>
    /// <param name="script">The script, or null.</param>
    /// <param name="initialization">Its initialization, or null.</param>
    /// <param name="noImport">True to take only the values of <c>$using:</c> and what is named.</param>
    /// <param name="functions">Functions that are named.</param>
    /// <param name="modules">Modules that are named.</param>
    /// <exception cref="WorkerArgumentException">Something that is named, or used by <c>$using:</c>, does not exist.</exception>
    public static ScriptCapture Of(
        SessionState session, ScriptBlock? script, ScriptBlock? initialization, bool noImport, IEnumerable<string> functions, IEnumerable<string> modules)
    {
        ScriptCapture capture = new(session);
        ScriptBlock[] scripts = [.. new[] { script, initialization }.OfType<ScriptBlock>()];
        Array.ForEach(scripts, capture.AddUsingValues);
        if (!noImport)
        {
            Array.ForEach(scripts, capture.AddDependencies);
        }

        capture.AddNamed(functions, modules);
        return capture;
    }

    /// <summary>Functions to define, by name.</summary>
    public IReadOnlyDictionary<string, ScriptSource> Functions => _functions;

    /// <summary>Aliases to define.</summary>
    public IReadOnlyDictionary<string, string> Aliases => _aliases;

    /// <summary>Modules to import, by path.</summary>
    public IReadOnlyCollection<string> Modules => _modules;

    /// <summary>Classes and enums to define, bases first.</summary>
    public IReadOnlyList<ScriptSource> Types => _types.Sources;

    /// <summary>Values of <c>$using:</c> expressions by PowerShell's key.</summary>
    public IReadOnlyDictionary<string, object?> UsingValues => _usingValues;

    /// <summary>Takes the values of the <c>$using:</c> expressions of a script block.</summary>
    /// <exception cref="WorkerArgumentException">One names a variable that does not exist.</exception>
    public void AddUsingValues(ScriptBlock script)
    {
        foreach (UsingExpressionAst expression in script.Ast.FindAll(static ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>())
        {
            string key = KeyOf(expression);
            if (!_usingValues.ContainsKey(key) && TryEvaluate(expression, key, script.Ast, out object? value))
            {
                _usingValues.Add(key, value);
            }
        }
    }

    /// <summary>Takes the functions, aliases, modules and classes that a script block uses.</summary>
    public void AddDependencies(ScriptBlock script) => AddDependencies(script.Ast);

    /// <summary>Takes the functions and modules that the caller names.</summary>
    /// <exception cref="WorkerArgumentException">One of them does not exist.</exception>
    public void AddNamed(IEnumerable<string> functions, IEnumerable<string> modules)
    {
        foreach (string function in functions)
        {
            AddFunction(function);
        }

        foreach (string module in modules)
        {
            AddModule(module, IsPath(module) ? null : FindLoadedModule(module));
        }
    }

    /// <summary>Takes a function that is named because no syntax tree shows its use.</summary>
    /// <exception cref="WorkerArgumentException">There is no such function.</exception>
    public void AddFunction(string name)
    {
        if (!_seenCommands.Add(name) && _functions.ContainsKey(name))
        {
            return;
        }

        FunctionInfo function = Find<FunctionInfo>("function", name) ?? throw new WorkerArgumentException(
            "FunctionNotFound", ErrorCategory.ObjectNotFound, $"There is no function '{name}' in this session to take along. Check -Function.", name);
        Add(name, function);
    }

    /// <summary>Takes a module along by name, from where this session has loaded it, or by path.</summary>
    /// <param name="name">A module's name, or a path.</param>
    /// <param name="loaded">The module that this session has loaded by that name, or null.</param>
    /// <exception cref="WorkerArgumentException">It is a path where there is nothing.</exception>
    public void AddModule(string name, PSModuleInfo? loaded)
    {
        if (loaded is not null)
        {
            _modules.Add(PathOf(loaded) ?? name);
            return;
        }

        if (!IsPath(name))
        {
            _modules.Add(name);
            return;
        }

        string path = _session.Path.GetUnresolvedProviderPathFromPSPath(name);
        _modules.Add(File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new WorkerArgumentException("ModuleNotFound", ErrorCategory.ObjectNotFound, $"There is no module at '{path}'. Check -Module.", name));
    }

    /// <summary>True for what Import-Module takes as a path instead of a name.</summary>
    public static bool IsPath(string module) =>
        module.Contains('/', StringComparison.Ordinal) || module.Contains('\\', StringComparison.Ordinal) || module.StartsWith('.');

    /// <summary>PowerShell's key for the value of a <c>$using:</c> expression; ThreadJob builds the same.</summary>
    public static string KeyOf(UsingExpressionAst expression)
    {
        string text = expression.ToString();
        return Convert.ToBase64String(Encoding.Unicode.GetBytes(expression.SubExpression is VariableExpressionAst ? text.ToLowerInvariant() : text));
    }

    private PSModuleInfo? FindLoadedModule(string name) =>
        _session.InvokeCommand.InvokeScript(_session, ScriptBlock.Create("param($name) Get-Module -Name $name"), WildcardPattern.Escape(name))
            .Select(static result => result.BaseObject)
            .OfType<PSModuleInfo>()
            .FirstOrDefault();

    private bool TryEvaluate(UsingExpressionAst expression, string key, Ast top, out object? value)
    {
        VariablePath path = UsingExpressionAst.ExtractUsingVariable(expression).VariablePath;
        bool exists = path.IsDriveQualified || _session.PSVariable.Get(path.UserPath) is not null;
        if (!exists)
        {
            // In a worker, the expression may be one that came with the worker's own script.
            if (WorkerContext.TryGetUsingValue(key, out value))
            {
                return true;
            }

            value = null;
            return IsSentOn(expression, top)
                ? false
                : throw new WorkerArgumentException(
                    "UsingVariableNotFound",
                    ErrorCategory.ObjectNotFound,
                    $"The script block uses {expression.Extent.Text}, but there is no variable ${path.UserPath} here. Set it before, or check its name.",
                    path.UserPath);
        }

        if (expression.SubExpression is VariableExpressionAst)
        {
            value = _session.PSVariable.GetValue(path.UserPath);
            return true;
        }

        // $using:x.Property[0]: PowerShell's grammar allows only members and constant indexes, so evaluating it calls nothing.
        string text = expression.SubExpression.Extent.Text.Replace("$using:", "$", StringComparison.OrdinalIgnoreCase);
        value = _session.InvokeCommand.InvokeScript(_session, ScriptBlock.Create(text)).Select(static result => result?.BaseObject).FirstOrDefault();
        return true;
    }

    /// <summary>Whether an expression is in a script block that a command inside the script will send elsewhere, and with it the value.</summary>
    /// <param name="ast">The expression.</param>
    /// <param name="top">The script.</param>
    public static bool IsSentOn(Ast ast, Ast top)
    {
        for (Ast? current = ast; current is not null && !ReferenceEquals(current, top); current = current.Parent)
        {
            if (current is ScriptBlockExpressionAst { Parent: CommandAst command } && command.GetCommandName() is { } name && s_remoteCommands.Contains(name))
            {
                return !s_loopCommands.Contains(name) || command.CommandElements.Any(
                    static element => element is CommandParameterAst parameter && "Parallel".StartsWith(parameter.ParameterName, StringComparison.OrdinalIgnoreCase) && parameter.ParameterName.Length > 1);
            }
        }

        return false;
    }

    private void AddDependencies(Ast ast)
    {
        _types.AddFrom(ast);
        foreach (CommandAst command in ast.FindAll(static node => node is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>())
        {
            if (command.GetCommandName() is not { Length: > 0 } name)
            {
                continue;
            }

            if (_seenCommands.Add(name))
            {
                AddCommand(name, ast);
            }

            if (s_driveCommands.Contains(name))
            {
                AddProviders(command);
            }
        }
    }

    /// <summary>Takes the modules of the providers that a command names.</summary>
    private void AddProviders(CommandAst command)
    {
        string[] words = [.. command.CommandElements.OfType<StringConstantExpressionAst>().Select(static word => word.Value)];
        foreach (ProviderInfo provider in _session.Provider.GetAll())
        {
            if (words.Contains(provider.Name, StringComparer.OrdinalIgnoreCase))
            {
                AddModule(provider.Module);
            }
        }
    }

    private void AddCommand(string name, Ast script)
    {
        if (IsDefinedIn(script, name) || WildcardPattern.ContainsWildcardCharacters(name))
        {
            return;
        }

        if (Find<AliasInfo>("alias", name) is { } alias)
        {
            if (alias.Module is not null)
            {
                AddModuleOf(alias);
            }
            else if (!s_defaultAliases.Value.Contains(name))
            {
                _aliases[name] = alias.Definition;
            }

            if (_seenCommands.Add(alias.Definition))
            {
                AddCommand(alias.Definition, script);
            }

            return;
        }

        if (Find<FunctionInfo>("function", name) is { } function)
        {
            Add(name, function);
            return;
        }

        if (_session.InvokeCommand.GetCmdlet(name) is { } cmdlet)
        {
            AddModuleOf(cmdlet);
        }
    }

    private void Add(string name, FunctionInfo function)
    {
        if (function.Module is not null && PathOf(function.Module) is not null)
        {
            AddModuleOf(function);
        }
        else if (!s_defaultFunctions.Value.Contains(name))
        {
            _functions[name] = FunctionSource.From(function);
            AddDependencies(function.ScriptBlock.Ast);
        }
    }

    private void AddModuleOf(CommandInfo command) => AddModule(command.Module);

    private void AddModule(PSModuleInfo? module)
    {
        // What ships with PowerShell is found by the worker as it is found here.
        if (module is not null && PathOf(module) is { } path && !IsPartOfPowerShell(path))
        {
            _modules.Add(path);
        }
    }

    private static bool IsPartOfPowerShell(string path) =>
        path.StartsWith(Path.GetDirectoryName(typeof(PSObject).Assembly.Location) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string? PathOf(PSModuleInfo module)
    {
        // A module's path is its root module's; its manifest knows more (nested modules, formats).
        string manifest = Path.Combine(module.ModuleBase ?? string.Empty, module.Name + ".psd1");
        return File.Exists(manifest) ? manifest : File.Exists(module.Path) ? module.Path : null;
    }

    private static bool IsDefinedIn(Ast script, string name) =>
        script.Find(
            node => node is FunctionDefinitionAst definition && definition.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && !ReferenceEquals(node, script),
            searchNestedScriptBlocks: true) is not null;

    private T? Find<T>(string drive, string name)
        where T : CommandInfo
    {
        string path = $"{drive}:\\{name}";
        try
        {
            return _session.InvokeProvider.Item.Exists(path, force: true, literalPath: true)
                ? _session.InvokeProvider.Item.Get([path], force: true, literalPath: true).Select(static item => item.BaseObject).OfType<T>().FirstOrDefault()
                : null;
        }
        catch (Exception exception) when (exception is RuntimeException or ArgumentException)
        {
            // A name that no item can have, such as a path.
            return null;
        }
    }

    private static HashSet<string> DefaultNames<T>()
        where T : SessionStateCommandEntry =>
        new(InitialSessionState.CreateDefault2().Commands.OfType<T>().Select(static entry => entry.Name), StringComparer.OrdinalIgnoreCase);
}
