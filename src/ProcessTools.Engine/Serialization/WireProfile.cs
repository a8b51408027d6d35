namespace ProcessTools.Engine.Serialization;

/// <summary>How much of PowerShell goes on the wire.</summary>
internal enum WireProfile
{
    /// <summary>Everything, by extension types. Between PowerShell processes of the same user.</summary>
    Full,

    /// <summary>Maps, arrays and scalars, which a MessagePack library in any language reads.</summary>
    Plain,
}
