using System.Management.Automation;
using System.Management.Automation.Language;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.Pools.Hosting;

/// <summary>
/// A script that is nothing but expressions, such as <c>$_ * 2</c> or <c>"$($_.Name): $using:x"</c>. It assigns nothing, calls nothing and cannot end in the middle, so that neither a scope of its own for each item
/// nor a second run of an item makes a difference. So it is compiled as the body of a loop over many items, which PowerShell runs many times faster than calls of a script block.
/// </summary>
internal static class PureScript
{
    private const string Items = "ːitems";
    private const string Before = $"param(${{{Items}}}) foreach ($_ in ${{{Items}}}) {{ ";
    private const string After = "\n}";

    // Each call has its own.
    private static readonly HashSet<string> s_variablesOfCalls = new(StringComparer.OrdinalIgnoreCase)
    {
        "args", "input", "this", "MyInvocation", "PSBoundParameters", "PSCmdlet", "Matches", "?", "^", "$", "foreach", "switch", "Error", "StackTrace", "PWD",
    };

    // Casts to these call no code of users and have no effect.
    private static readonly HashSet<Type> s_plainTypes =
    [
        typeof(int), typeof(long), typeof(double), typeof(float), typeof(decimal), typeof(string), typeof(bool), typeof(char), typeof(byte), typeof(short), typeof(uint), typeof(ulong),
        typeof(DateTime), typeof(TimeSpan), typeof(Guid), typeof(Version), typeof(int[]), typeof(string[]), typeof(object[]), typeof(PSObject), typeof(System.Collections.Hashtable),
    ];

    /// <summary>Makes the loop over items, or null when the script is not pure.</summary>
    /// <param name="source">The script, with its <c>$using:</c> expressions rewritten.</param>
    /// <param name="script">The same, parsed.</param>
    public static ScriptBlock? MakeLoop(ScriptSource source, ScriptBlock script)
    {
        ScriptBlockAst ast = (ScriptBlockAst)script.Ast;
        if (!IsPure(ast))
        {
            return null;
        }

        ScriptBlockAst loop = Parser.ParseInput(string.Concat(source.Usings, Before, source.Text, After), out _, out ParseError[] errors);
        return errors.Length == 0 ? loop.GetScriptBlock() : null;
    }

    /// <summary>Whether a script is pure.</summary>
    public static bool IsPure(ScriptBlockAst script) =>
        script.ParamBlock is null
        && script.BeginBlock is null
        && script.ProcessBlock is null
        && script.DynamicParamBlock is null
        && script.EndBlock is { Unnamed: true, Traps: null or { Count: 0 }, Statements.Count: > 0 } end
        && end.Statements.All(IsPure);

    private static bool IsPure(StatementAst statement) => statement switch
    {
        PipelineAst { PipelineElements: [CommandExpressionAst { Redirections.Count: 0 } only] } pipeline => !pipeline.Background() && IsPure(only.Expression),
        IfStatementAst branch => branch.Clauses.All(static clause => IsPure(clause.Item1) && IsPure(clause.Item2)) && (branch.ElseClause is null || IsPure(branch.ElseClause)),
        _ => false,
    };

    private static bool IsPure(PipelineBaseAst pipeline) => IsPure((StatementAst)pipeline);

    private static bool IsPure(StatementBlockAst block) => block.Traps is null or { Count: 0 } && block.Statements.All(IsPure);

    private static bool IsPure(ExpressionAst expression) => expression switch
    {
        ExpandableStringExpressionAst text => text.NestedExpressions.All(IsPure),
        ConstantExpressionAst => true,
        VariableExpressionAst { Splatted: false } variable => variable.VariablePath.IsVariable && !s_variablesOfCalls.Contains(variable.VariablePath.UserPath),
        UnaryExpressionAst unary => unary.TokenKind is TokenKind.Minus or TokenKind.Plus or TokenKind.Not or TokenKind.Exclaim or TokenKind.Bnot or TokenKind.Comma && IsPure(unary.Child),
        BinaryExpressionAst binary => !IsMatch(binary.Operator) && IsPure(binary.Left) && IsPure(binary.Right),
        ParenExpressionAst paren => IsPure(paren.Pipeline),
        SubExpressionAst sub => IsPure(sub.SubExpression),
        ArrayExpressionAst array => IsPure(array.SubExpression),
        ArrayLiteralAst list => list.Elements.All(IsPure),
        HashtableAst table => table.KeyValuePairs.All(static pair => IsPure(pair.Item1) && IsPure(pair.Item2)),
        ConvertExpressionAst cast => cast.Type.TypeName.GetReflectionType() is { } type && s_plainTypes.Contains(type) && IsPure(cast.Child),
        IndexExpressionAst index => IsPure(index.Target) && IsPure(index.Index),
        InvokeMemberExpressionAst => false,
        MemberExpressionAst { Static: false } member => IsPure(member.Expression) && member.Member is StringConstantExpressionAst,
        _ => false,
    };

    // They set $Matches.
    private static bool IsMatch(TokenKind kind) => kind is TokenKind.Imatch or TokenKind.Cmatch or TokenKind.Inotmatch or TokenKind.Cnotmatch;

    // "&" at the end is a job; older reference assemblies do not have the property.
    private static bool Background(this PipelineAst pipeline) => pipeline.Extent.Text.EndsWith('&');
}
