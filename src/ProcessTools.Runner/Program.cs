using System.Text;

namespace ProcessTools.Runner;

/// <summary>The entry point: reads the command line, runs the script, gives its exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        UseUtf8();
        ScriptInvocation invocation;
        try
        {
            invocation = CommandLine.Parse(args);
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCodes.Usage;
        }

        using var stop = new StopSignal();
        int exitCode = new ScriptRunner(invocation, stop).Run();

        // Threads that the script left behind must not keep the process: what the script decided is what the caller gets.
        Environment.Exit(exitCode);
        return exitCode;
    }

    private static void UseUtf8()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (Console.OutputEncoding.CodePage != utf8.CodePage)
        {
            Console.OutputEncoding = utf8;
        }

        if (Console.InputEncoding.CodePage != utf8.CodePage)
        {
            Console.InputEncoding = utf8;
        }
    }
}
