using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>Writes one value of a type.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <param name="writer">Where to.</param>
/// <param name="value">The value.</param>
/// <param name="context">The message.</param>
internal delegate void WriteValue<in T>(ref MessagePackWriter writer, T value, WriteContext context);
