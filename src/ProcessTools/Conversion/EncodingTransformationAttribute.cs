using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace ProcessTools;

/// <summary>Makes an Encoding of its name as PowerShell's other commands take it (<c>utf8</c>, <c>unicode</c>, …), of a code page, or of itself.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null or Encoding)
        {
            return value;
        }

        string name = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
        try
        {
            return name.ToUpperInvariant() switch
            {
                "UTF8" or "UTF8NOBOM" or "UTF-8" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                "UTF8BOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
                "UNICODE" or "UTF16" => Encoding.Unicode,
                "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
                "UTF32" => Encoding.UTF32,
                "ASCII" => Encoding.ASCII,
                "LATIN1" => Encoding.Latin1,
                "DEFAULT" or "OEM" or "ANSI" => Encoding.Default,
                _ => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int page) ? Encoding.GetEncoding(page) : Encoding.GetEncoding(name),
            };
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{name}' is not an encoding. Give utf8, ascii, unicode, latin1, a code page, or a name that .NET knows.", exception);
        }
    }
}
