namespace ProcessTools.Engine.Serialization;

/// <summary>How one type of exception travels.</summary>
/// <param name="Make">Makes one from what arrived.</param>
/// <param name="Extras">What the type has besides message and inner exception; texts, ints and exceptions only.</param>
internal sealed record ExceptionEntry(Func<ExceptionParts, Exception> Make, Func<Exception, object?[]>? Extras = null);
