using System.Management.Automation;
using System.Reflection;

namespace ProcessTools.HelpGenerator.Commands;

/// <summary>Reads the commands of an assembly from their attributes, so that help says what the binder will do.</summary>
internal static class CommandReader
{
    /// <summary>Reads all commands.</summary>
    /// <param name="module">The module's assembly.</param>
    /// <returns>The commands, by name.</returns>
    public static IReadOnlyList<CommandShape> Read(Assembly module) =>
        [.. module.GetExportedTypes().Where(type => !type.IsAbstract && type.IsDefined(typeof(CmdletAttribute))).Select(Read).OrderBy(shape => shape.Name, StringComparer.Ordinal)];

    /// <summary>Reads one command.</summary>
    /// <param name="type">The class of the command.</param>
    /// <returns>The command.</returns>
    public static CommandShape Read(Type type)
    {
        CmdletAttribute cmdlet = type.GetCustomAttribute<CmdletAttribute>()
            ?? throw new ArgumentException($"{type} is not a command.", nameof(type));
        object instance = Activator.CreateInstance(type)!;
        var parameters = new List<ParameterShape>();
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.IsDefined(typeof(ParameterAttribute)))
            {
                parameters.Add(Read(property, instance));
            }
        }

        if (cmdlet.SupportsShouldProcess)
        {
            parameters.Add(Switch("WhatIf", "wi"));
            parameters.Add(Switch("Confirm", "cf"));
        }

        return new CommandShape(cmdlet.VerbName, cmdlet.NounName, Sets(cmdlet, parameters), parameters);
    }

    private static ParameterShape Read(PropertyInfo property, object instance)
    {
        var uses = new Dictionary<string, ParameterUse>(StringComparer.OrdinalIgnoreCase);
        foreach (ParameterAttribute attribute in property.GetCustomAttributes<ParameterAttribute>())
        {
            int? position = attribute.Position == int.MinValue ? null : attribute.Position;
            uses[attribute.ParameterSetName] = new ParameterUse(
                attribute.Mandatory, position, attribute.ValueFromPipeline, attribute.ValueFromPipelineByPropertyName);
        }

        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return new ParameterShape(
            property.Name,
            type,
            [.. property.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []],
            DefaultValues.Describe(property.GetValue(instance)),
            uses,
            property.IsDefined(typeof(SupportsWildcardsAttribute)),
            ValidValues(property, type));
    }

    private static ParameterShape Switch(string name, string alias) => new(
        name,
        typeof(SwitchParameter),
        [alias],
        "False",
        new Dictionary<string, ParameterUse> { [ParameterUse.AllSets] = new(false, null, false, false) },
        SupportsWildcards: false,
        ValidValues: []);

    private static string[] ValidValues(PropertyInfo property, Type type)
    {
        if (property.GetCustomAttribute<ValidateSetAttribute>() is { } set)
        {
            return [.. set.ValidValues];
        }

        return type.IsEnum ? Enum.GetNames(type) : [];
    }

    private static List<string> Sets(CmdletAttribute cmdlet, List<ParameterShape> parameters)
    {
        List<string> sets = [.. parameters
            .SelectMany(parameter => parameter.Uses.Keys)
            .Where(set => set != ParameterUse.AllSets)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(set => set.Equals(cmdlet.DefaultParameterSetName, StringComparison.OrdinalIgnoreCase))];
        return sets.Count > 0 ? sets : [ParameterUse.AllSets];
    }
}
