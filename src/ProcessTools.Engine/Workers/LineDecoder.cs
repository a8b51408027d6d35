using System.Text;

namespace ProcessTools.Engine.Workers;

/// <summary>Turns bytes that come in pieces into lines, whatever the pieces cut: a character, or the end of a line. Not thread-safe.</summary>
internal sealed class LineDecoder(Encoding encoding)
{
    private readonly Decoder _decoder = encoding.GetDecoder();
    private readonly StringBuilder _rest = new();
    private char[] _characters = new char[4096];

    /// <summary>Takes a piece.</summary>
    /// <param name="data">The bytes; empty at the end, when an unfinished last line is handed over too.</param>
    /// <param name="line">Takes each line, without its end.</param>
    public void Decode(ReadOnlySpan<byte> data, Action<string> line)
    {
        bool isEnd = data.IsEmpty;
        int most = encoding.GetMaxCharCount(data.Length);
        if (_characters.Length < most)
        {
            _characters = new char[most];
        }

        ReadOnlySpan<char> text = _characters.AsSpan(0, _decoder.GetChars(data, _characters, flush: isEnd));
        while (text.IndexOf('\n') is int end and >= 0)
        {
            _rest.Append(text[..end]);
            if (_rest.Length > 0 && _rest[^1] == '\r')
            {
                _rest.Length--;
            }

            line(_rest.ToString());
            _rest.Clear();
            text = text[(end + 1)..];
        }

        _rest.Append(text);
        if (isEnd && _rest.Length > 0)
        {
            line(_rest.ToString());
            _rest.Clear();
        }
    }
}
