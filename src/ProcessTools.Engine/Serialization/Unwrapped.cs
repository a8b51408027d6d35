using System.Management.Automation;

namespace ProcessTools.Engine.Serialization;

/// <summary>Values without the wrapper that PowerShell puts around them.</summary>
internal static class Unwrapped
{
    /// <summary>What is wrapped; of a custom object, which is nothing but its wrapper's properties, that it is one.</summary>
    public static object? Of(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>What is wrapped, and a custom object as it is, with its properties.</summary>
    public static object? OfAllButCustom(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
