using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// A script of a pool, compiled in a worker. Each has a module of its own, whose scope holds its functions, its variables and what its initialization leaves, so that scripts of different calls do not
/// see each other's.
/// </summary>
internal sealed class PoolScript
{
    // Runs what cannot run as a single clause: script blocks with begin, process or end, with advanced parameters, and named arguments.
    private const string CommandScript = "param($script, $arguments, $named) & $script @arguments @named";
    private const string PipelineScript = "param($script, $arguments, $named) , $_ | & $script @arguments @named";

    private readonly PSModuleInfo _module;
    private readonly ScriptBlock _script;
    private readonly ScriptBlock _command;
    private readonly bool _needsCommand;
    private readonly Dictionary<string, string> _usingNames;
    private readonly ScriptBlock? _loop;

    private PoolScript(PSModuleInfo module, ScriptSource source, Dictionary<string, string> usingNames)
    {
        ScriptBlock script = source.Parse();
        _module = module;
        _script = module.NewBoundScriptBlock(script);
        _usingNames = usingNames;
        ScriptBlockAst ast = (ScriptBlockAst)script.Ast;
        bool hasClauses = ast.BeginBlock is not null || ast.ProcessBlock is not null || ast.DynamicParamBlock is not null || ast.EndBlock is { Unnamed: false };
        _needsCommand = hasClauses || IsAdvanced(ast.ParamBlock);
        _command = module.NewBoundScriptBlock(ScriptBlock.Create(ast.ProcessBlock is null ? CommandScript : PipelineScript));
        _loop = PureScript.MakeLoop(source, script) is { } loop ? module.NewBoundScriptBlock(loop) : null;
        MayChangeState = ast.Find(static node => node is CommandAst or InvokeMemberExpressionAst, searchNestedScriptBlocks: true) is not null;
    }

    /// <summary>False when the script has only expressions, which leave nothing behind.</summary>
    public bool MayChangeState { get; }

    /// <summary>True when many items can be run in one loop.</summary>
    public bool IsPure => _loop is not null;

    /// <summary>Runs a pure script on the items of a block.</summary>
    public void RunLoop(TaskBlock block, object output, InvocationInfo invocation) => ScriptInvoker.Invoke(_loop!, null, output, invocation, stopsAtErrors: true, [block]);

    /// <summary>Compiles a script and sets its module up.</summary>
    /// <param name="message">The script.</param>
    /// <param name="runspace">Runs what setting up takes.</param>
    /// <param name="call">The first call of it, whose values the initialization sees.</param>
    /// <exception cref="RuntimeException">Its initialization failed, or a module could not be imported.</exception>
    public static PoolScript Make(PoolScriptMessage message, IPoolSetUp runspace, PoolCallMessage call)
    {
        if (message.Modules.Count > 0)
        {
            runspace.ImportModules(message.Modules);
        }

        foreach (ScriptSource type in message.Types)
        {
            runspace.RunGlobally(type);
        }

        PSModuleInfo module = new(linkToGlobal: true);
        Dictionary<string, string> usingNames = new(StringComparer.Ordinal);
        foreach ((string name, ScriptSource function) in message.Functions)
        {
            runspace.RunIn(module, AssignFunction(name), module.NewBoundScriptBlock(function.Parse()));
        }

        foreach ((string name, string value) in message.Aliases)
        {
            // Into the global scope, because a scope's own cannot be set without commands that may not be there; the command that it stands for is found in the module.
            module.SessionState.InvokeProvider.Item.Set($"alias:\\{name}", value);
        }

        PoolScript script = new(module, UsingRewriter.Rewrite(message.Script, usingNames), usingNames);
        if (message.Initialization is not null)
        {
            ScriptBlock initialization = UsingRewriter.Rewrite(message.Initialization, usingNames).Parse();
            script.Enter(call);
            runspace.RunIn(module, initialization);
        }

        return script;
    }

    /// <summary>Sets the values of a call.</summary>
    public void Enter(PoolCallMessage call)
    {
        foreach ((string name, object? value) in call.Variables)
        {
            _module.SessionState.PSVariable.Set(name, value);
        }

        foreach ((string key, string name) in _usingNames)
        {
            if (call.UsingValues.TryGetValue(key, out object? value))
            {
                _module.SessionState.PSVariable.Set(name, value);
            }
        }
    }

    /// <summary>Runs the script.</summary>
    /// <param name="item"><c>$_</c>.</param>
    /// <param name="arguments">The arguments by position.</param>
    /// <param name="named">The arguments by name, or null.</param>
    /// <param name="output">What <see cref="ScriptInvoker.OutputTo"/> made.</param>
    /// <param name="invocation"><c>$MyInvocation</c>.</param>
    /// <param name="stopsAtErrors">True when an error that ends a statement ends the script.</param>
    public void Invoke(object? item, object?[] arguments, IDictionary? named, object output, InvocationInfo invocation, bool stopsAtErrors)
    {
        if (_needsCommand || named is not null)
        {
            ScriptInvoker.Invoke(_command, item, output, invocation, stopsAtErrors, [_script, arguments, named ?? new Hashtable()]);
        }
        else
        {
            ScriptInvoker.Invoke(_script, item, output, invocation, stopsAtErrors, arguments);
        }
    }

    /// <summary>A script that sets an item of a drive in the scope in which it runs: the provider's own methods set it in the global one.</summary>
    private static ScriptBlock AssignFunction(string name) => ScriptBlock.Create(
        $"${{function:script:{name.Replace("`", "``", StringComparison.Ordinal).Replace("{", "`{", StringComparison.Ordinal).Replace("}", "`}", StringComparison.Ordinal)}}} = $args[0]");

    /// <summary>Whether a parameter block asks for PowerShell's full parameter binding.</summary>
    private static bool IsAdvanced(ParamBlockAst? block) =>
        block is not null && (block.Attributes.Count > 0 || block.Parameters.Any(static parameter => parameter.Attributes.Any(static attribute => attribute is AttributeAst)));
}
