using System.Xml;
using ProcessTools.HelpGenerator.Commands;
using ProcessTools.HelpGenerator.Source;

namespace ProcessTools.HelpGenerator.Output;

/// <summary>Writes the XML that Get-Help reads (MAML).</summary>
internal sealed class MamlWriter
{
    private const string Maml = "http://schemas.microsoft.com/maml/2004/10";
    private const string Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private const string Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private readonly XmlWriter _xml;

    private MamlWriter(XmlWriter xml)
    {
        _xml = xml;
    }

    /// <summary>Writes the help of all commands of an assembly.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="file">The file, which PowerShell finds by the assembly's name.</param>
    public static void Write(IReadOnlyList<(CommandPage Page, CommandShape Shape)> commands, string file)
    {
        using XmlWriter xml = XmlWriter.Create(file, new XmlWriterSettings { Indent = true, NewLineChars = "\n" });
        xml.WriteStartElement("helpItems", "http://msh");
        xml.WriteAttributeString("schema", "maml");
        foreach ((CommandPage page, CommandShape shape) in commands)
        {
            new MamlWriter(xml).Write(page, shape);
        }

        xml.WriteEndElement();
    }

    private void Write(CommandPage page, CommandShape shape)
    {
        _xml.WriteStartElement("command", "command", Command);
        _xml.WriteAttributeString("xmlns", "maml", null, Maml);
        _xml.WriteAttributeString("xmlns", "dev", null, Dev);
        WriteDetails(page, shape);
        WriteText("description", page.Description);
        WriteSyntax(page, shape);
        _xml.WriteStartElement("parameters", Command);
        foreach (ParameterShape parameter in shape.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
        {
            WriteParameter(page, parameter, parameter.Uses.Values.First(), withSyntax: false);
        }

        _xml.WriteEndElement();
        WriteTypes("inputTypes", "inputType", page.Inputs);
        WriteTypes("returnValues", "returnValue", page.Outputs);
        _xml.WriteStartElement("alertSet", Maml);
        WriteText("alert", page.Notes);
        _xml.WriteEndElement();
        WriteExamples(page);
        WriteLinks(page);
        _xml.WriteEndElement();
    }

    private void WriteDetails(CommandPage page, CommandShape shape)
    {
        _xml.WriteStartElement("details", Command);
        _xml.WriteElementString("name", Command, shape.Name);
        _xml.WriteElementString("verb", Command, shape.Verb);
        _xml.WriteElementString("noun", Command, shape.Noun);
        _xml.WriteStartElement("description", Maml);
        _xml.WriteElementString("para", Maml, page.Synopsis);
        _xml.WriteEndElement();
        _xml.WriteEndElement();
    }

    private void WriteSyntax(CommandPage page, CommandShape shape)
    {
        _xml.WriteStartElement("syntax", Command);
        foreach (string set in shape.ParameterSets)
        {
            _xml.WriteStartElement("syntaxItem", Command);
            _xml.WriteElementString("name", Maml, shape.Name);
            IEnumerable<(ParameterShape Parameter, ParameterUse Use)> inSet = shape.Parameters
                .Select(parameter => (parameter, use: parameter.In(set)))
                .Where(item => item.use is not null)
                .Select(item => (item.parameter, item.use!))
                .OrderBy(item => item.Item2.Position ?? int.MaxValue)
                .ThenByDescending(item => item.Item2.IsMandatory);
            foreach ((ParameterShape parameter, ParameterUse use) in inSet)
            {
                WriteParameter(page, parameter, use, withSyntax: true);
            }

            _xml.WriteEndElement();
        }

        _xml.WriteEndElement();
    }

    private void WriteParameter(CommandPage page, ParameterShape parameter, ParameterUse use, bool withSyntax)
    {
        _xml.WriteStartElement("parameter", Command);
        _xml.WriteAttributeString("required", use.IsMandatory ? "true" : "false");
        _xml.WriteAttributeString("variableLength", parameter.Type.IsArray ? "true" : "false");
        _xml.WriteAttributeString("globbing", parameter.SupportsWildcards ? "true" : "false");
        _xml.WriteAttributeString("pipelineInput", use.PipelineText);
        _xml.WriteAttributeString("position", use.PositionText);
        _xml.WriteAttributeString("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases));
        _xml.WriteElementString("name", Maml, parameter.Name);
        WriteText("description", Describe(page, parameter));
        bool isSwitch = parameter.Type == typeof(System.Management.Automation.SwitchParameter);
        if (withSyntax && parameter.ValidValues.Count > 0)
        {
            _xml.WriteStartElement("parameterValueGroup", Command);
            foreach (string value in parameter.ValidValues)
            {
                WriteValue(value, "false");
            }

            _xml.WriteEndElement();
        }

        // A switch in a syntax line takes no value.
        if (!(withSyntax && isSwitch))
        {
            WriteValue(TypeNames.Of(parameter.Type), isSwitch ? "false" : "true");
        }

        WriteType(TypeNames.Of(parameter.Type));
        _xml.WriteElementString("defaultValue", Dev, parameter.DefaultValue);
        _xml.WriteEndElement();
    }

    private void WriteValue(string value, string isRequired)
    {
        _xml.WriteStartElement("parameterValue", Command);
        _xml.WriteAttributeString("required", isRequired);
        _xml.WriteAttributeString("variableLength", "false");
        _xml.WriteString(value);
        _xml.WriteEndElement();
    }

    private static IReadOnlyList<TextBlock> Describe(CommandPage page, ParameterShape parameter)
    {
        NamedText? described = page.Parameters.FirstOrDefault(text => text.Name == parameter.Name);
        return described is not null ? described.Blocks
            : parameter.Name == "WhatIf" ? [Paragraph("Shows what would happen, and does nothing.")]
            : [Paragraph("Asks before anything happens.")];
    }

    private static TextBlock Paragraph(string text) => new(TextBlockKind.Paragraph, text, 0);

    private void WriteTypes(string list, string item, IReadOnlyList<NamedText> types)
    {
        _xml.WriteStartElement(list, Command);
        foreach (NamedText type in types)
        {
            _xml.WriteStartElement(item, Command);
            WriteType(type.Name);
            WriteText("description", type.Blocks);
            _xml.WriteEndElement();
        }

        _xml.WriteEndElement();
    }

    private void WriteType(string name)
    {
        _xml.WriteStartElement("type", Dev);
        _xml.WriteElementString("name", Maml, name);
        _xml.WriteElementString("uri", Maml, "");
        _xml.WriteEndElement();
    }

    private void WriteExamples(CommandPage page)
    {
        _xml.WriteStartElement("examples", Command);
        foreach (CommandExample example in page.Examples)
        {
            _xml.WriteStartElement("example", Command);

            // Get-Help prints the title as it is; the dashes are how every module's examples are told apart.
            _xml.WriteElementString("title", Maml, $"-------------------- {example.Title} --------------------");
            _xml.WriteElementString("code", Dev, example.Code);
            _xml.WriteStartElement("remarks", Dev);
            WriteParagraphs(example.Remarks);
            _xml.WriteEndElement();
            _xml.WriteEndElement();
        }

        _xml.WriteEndElement();
    }

    private void WriteLinks(CommandPage page)
    {
        _xml.WriteStartElement("relatedLinks", Command);
        foreach (string link in page.Links)
        {
            _xml.WriteStartElement("navigationLink", Maml);
            bool isUri = link.StartsWith("https://", StringComparison.Ordinal);
            _xml.WriteElementString("linkText", Maml, isUri ? "Online version:" : link);
            _xml.WriteElementString("uri", Maml, isUri ? link : "");
            _xml.WriteEndElement();
        }

        _xml.WriteEndElement();
    }

    private void WriteText(string element, IReadOnlyList<TextBlock> blocks)
    {
        _xml.WriteStartElement(element, Maml);
        WriteParagraphs(blocks);
        _xml.WriteEndElement();
    }

    private void WriteParagraphs(IReadOnlyList<TextBlock> blocks)
    {
        foreach (TextBlock block in blocks)
        {
            if (block.Kind == TextBlockKind.Table)
            {
                foreach (string line in TextTable.Format(block.Text))
                {
                    _xml.WriteElementString("para", Maml, line);
                }
            }
            else
            {
                _xml.WriteElementString("para", Maml, block.Kind == TextBlockKind.Item ? "- " + block.Text : block.Text);
            }
        }
    }
}
