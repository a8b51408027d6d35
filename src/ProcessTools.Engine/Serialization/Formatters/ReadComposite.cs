using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Reads what follows a marker.</summary>
/// <param name="reader">After the marker.</param>
/// <param name="data">The marker's byte.</param>
/// <param name="count">How many elements follow.</param>
/// <param name="context">The message; the depth and the elements are counted already.</param>
/// <returns>The value.</returns>
internal delegate object ReadComposite(ref MessagePackReader reader, byte data, int count, ReadContext context);
