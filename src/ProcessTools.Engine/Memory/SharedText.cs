using System.Text;

namespace ProcessTools.Engine.Memory;

/// <summary>A short text in shared memory: its length in bytes and its UTF-8. Whoever reads it knows that it is written.</summary>
internal static unsafe class SharedText
{
    /// <summary>The bytes that one takes.</summary>
    public const int Size = 1024;

    private const int MostBytes = Size - sizeof(int);

    /// <summary>Writes a text.</summary>
    /// <exception cref="RuntimeFolderException">It is too long: no folder's path should be.</exception>
    public static void Write(byte* memory, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if (length > MostBytes)
        {
            throw new RuntimeFolderException(Path.GetDirectoryName(text) ?? text, $"has a path that is too long: at most {MostBytes} bytes are possible");
        }

        Encoding.UTF8.GetBytes(text, new Span<byte>(memory + sizeof(int), length));
        *(int*)memory = length;
    }

    /// <summary>Reads a text; whatever was written there by whomever, no more than is there.</summary>
    public static string Read(byte* memory) =>
        Encoding.UTF8.GetString(memory + sizeof(int), Math.Clamp(*(int*)memory, 0, MostBytes));
}
