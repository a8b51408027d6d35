using System.Text;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Workers;

/// <summary>
/// What a worker's process writes to its own standard output and error, past PowerShell: each line goes to whoever owns the
/// worker by now, and the end of standard error is kept for the message of a crash.
/// </summary>
internal sealed class ConsoleRelay
{
    // Enough for a runtime's crash message and a stack, not for a flood.
    private const int MostTailCharacters = 8 * 1024;

    private readonly object _gate = new();
    private readonly LineDecoder _output = new(Encoding.UTF8);
    private readonly LineDecoder _error = new(Encoding.UTF8);
    private readonly StringBuilder _tail = new();
    private readonly List<(ChildOutputKind Kind, string Line)> _early = [];
    private Action<ChildOutputKind, string>? _handler;

    /// <summary>The last lines of standard error.</summary>
    public string ErrorTail
    {
        get
        {
            lock (_gate)
            {
                return _tail.ToString().TrimEnd();
            }
        }
    }

    /// <summary>Takes a piece of output from the pump.</summary>
    public void Take(ChildOutputKind kind, ReadOnlySpan<byte> data)
    {
        LineDecoder decoder = kind == ChildOutputKind.StandardOutput ? _output : _error;
        lock (_gate)
        {
            decoder.Decode(data, line => Emit(kind, line));
        }
    }

    /// <summary>Hands the lines so far and all later ones to their owner.</summary>
    public void SendTo(Action<ChildOutputKind, string> handler)
    {
        lock (_gate)
        {
            foreach ((ChildOutputKind kind, string line) in _early)
            {
                handler(kind, line);
            }

            _early.Clear();
            _handler = handler;
        }
    }

    private void Emit(ChildOutputKind kind, string line)
    {
        if (kind == ChildOutputKind.StandardError)
        {
            _tail.Append(line).Append('\n');
            if (_tail.Length > MostTailCharacters)
            {
                _tail.Remove(0, _tail.Length - MostTailCharacters);
            }
        }

        if (_handler is { } handler)
        {
            handler(kind, line);
        }
        else if (_early.Count < 1000)
        {
            _early.Add((kind, line));
        }
    }
}
