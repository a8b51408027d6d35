using System.Management.Automation.Host;

namespace ProcessTools.Runner;

/// <summary>
/// The two output streams of the console, used by many threads. Escape sequences for colour go to a terminal only, and a progress line
/// is taken off the screen before anything else is written.
/// </summary>
internal sealed class ConsoleWriter
{
    private readonly Lock _gate = new();
    private string _progress = "";

    /// <summary>Whether standard output is a terminal that understands escape sequences.</summary>
    public bool OutputIsTerminal { get; } = !Console.IsOutputRedirected && TerminalHasColour();

    /// <summary>Whether standard error is a terminal that understands escape sequences.</summary>
    public bool ErrorIsTerminal { get; } = !Console.IsErrorRedirected && TerminalHasColour();

    /// <summary>Writes to standard output.</summary>
    /// <param name="text">The text, line end included where one is wanted.</param>
    public void Write(string text)
    {
        lock (_gate)
        {
            EraseProgress();
            Console.Out.Write(PSHostUserInterface.GetOutputString(text, OutputIsTerminal));
        }
    }

    /// <summary>Writes to standard output in colours, where there are any.</summary>
    /// <param name="foreground">The colour of the letters.</param>
    /// <param name="background">The colour behind them.</param>
    /// <param name="text">The text.</param>
    public void Write(ConsoleColor foreground, ConsoleColor background, string text)
    {
        if (!OutputIsTerminal)
        {
            Write(text);
            return;
        }

        lock (_gate)
        {
            EraseProgress();
            Console.ForegroundColor = foreground;
            if (background != Console.BackgroundColor)
            {
                Console.BackgroundColor = background;
            }

            Console.Out.Write(text);
            Console.ResetColor();
        }
    }

    /// <summary>Writes a line to standard error.</summary>
    /// <param name="text">The line.</param>
    public void WriteErrorLine(string text)
    {
        lock (_gate)
        {
            EraseProgress();
            Console.Error.WriteLine(PSHostUserInterface.GetOutputString(text, ErrorIsTerminal));
        }
    }

    /// <summary>Shows a line of progress, in place of the one before. Does nothing where standard error is no terminal.</summary>
    /// <param name="text">The line; empty to take it away.</param>
    public void ShowProgress(string text)
    {
        if (!ErrorIsTerminal)
        {
            return;
        }

        lock (_gate)
        {
            EraseProgress();
            _progress = text.Length < Console.WindowWidth ? text : text[..Math.Max(0, Console.WindowWidth - 1)];
            Console.Error.Write(_progress);
        }
    }

    private static bool TerminalHasColour() =>
        Environment.GetEnvironmentVariable("NO_COLOR") is null or "" && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private void EraseProgress()
    {
        if (_progress.Length > 0)
        {
            _progress = "";
            Console.Error.Write("\r\u001b[K");
        }
    }
}
