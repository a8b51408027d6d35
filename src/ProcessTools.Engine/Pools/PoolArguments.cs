namespace ProcessTools.Engine.Pools;

/// <summary>How the input of a task becomes the arguments of its script. The numbers are part of the protocol.</summary>
internal enum PoolArguments : byte
{
    /// <summary>The input is one item: <c>$_</c> and the first argument.</summary>
    Item = 0,

    /// <summary>The input is the list of arguments; the first is <c>$_</c> too.</summary>
    List = 1,

    /// <summary>The input is an item to take apart: a list of arguments, a dictionary of named ones, or else one argument; <c>$_</c> is the item.</summary>
    Splat = 2,

    /// <summary>The input is a list of two: the list of arguments and the dictionary of named ones.</summary>
    ListAndNamed = 3,
}
