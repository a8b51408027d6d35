using System.Runtime.InteropServices;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.State;
using ProcessTools.Engine.Transport;

namespace ProcessTools.Engine.Workers.Hosting;

/// <summary>The worker's main program, in the place of the program that this process is a copy of.</summary>
internal static class WorkerMain
{
    private const string HooksVariable = "DOTNET_STARTUP_HOOKS";

    // Between the parent's end and ours: time for the script's finally blocks, well inside the two seconds that are promised.
    private static readonly TimeSpan s_orphanGrace = TimeSpan.FromSeconds(1);

    // Exit code of a worker that could not even connect; sysexits.h calls it EX_PROTOCOL.
    private const int CannotConnect = 76;

    /// <summary>Runs the worker.</summary>
    /// <param name="address">The value of the variable that made this process a worker.</param>
    /// <param name="hook">The path of the hook's assembly.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(string address, string hook)
    {
        RestoreEnvironment(hook);
        if (address.StartsWith(StateHostLauncher.Mark, StringComparison.Ordinal))
        {
            return StateHostMain.Run(address);
        }

        WorkerRunspace.Preload();
        WorkerAddress parsed;
        Connection connection;
        try
        {
            parsed = WorkerAddress.Parse(address);
            connection = SharedMemoryConnection.Open(parsed.Connection);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or IOException or ProcessToolsException)
        {
            // The session reads this from standard error.
            using Stream error = OpenStandardError();
            error.Write(System.Text.Encoding.UTF8.GetBytes($"The worker cannot reach its session: {exception.Message}\n"));
            return CannotConnect;
        }

        using WorkerSession session = new(connection, parsed.Parent.Id);
        using IDisposable parent = ProcessWatcher.Watch(parsed.Parent, () => Abandon(session));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => session.SendExitOfProcess(Environment.ExitCode);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            // The script gets its finally blocks, and whoever watches sees the signal that it sent.
            context.Cancel = true;
            session.Stop();
            session.WaitForEnd(s_orphanGrace);
            PlatformServices.Current.EndThisProcess(PosixSignal.SIGTERM);
        });

        session.Greet(parsed.Secret);
        int exitCode = session.Run(warmUp: parsed.IsStandby);
        if (!connection.IsPeerAlive)
        {
            // The script was stopped because its session died. Whoever comes first, this thread or the watcher's, takes along what the script has started;
            // an ordinary exit here would leave it behind.
            PlatformServices.Current.EndThisSession();
        }

        connection.Close();
        return exitCode;
    }

    /// <summary>The session's process is gone: nobody will ever read what this one does.</summary>
    private static void Abandon(WorkerSession session)
    {
        session.DeletePoolFiles();
        session.Stop();
        session.WaitForEnd(s_orphanGrace);
        PlatformServices.Current.EndThisSession();
    }

    /// <summary>Takes away what made this process a worker, so that nothing that the script starts becomes one.</summary>
    private static void RestoreEnvironment(string hook)
    {
        string? hooks = Environment.GetEnvironmentVariable(HooksVariable);
        string kept = string.Join(
            Path.PathSeparator,
            (hooks ?? string.Empty).Split(Path.PathSeparator).Where(item => item.Length > 0 && item != hook));
        PlatformServices.Current.SetEnvironmentVariable(HooksVariable, kept.Length == 0 ? null : kept);
        PlatformServices.Current.SetEnvironmentVariable(WorkerAddress.VariableName, null);
        WorkerRuntime.Forget();
    }

    private static FileStream OpenStandardError()
    {
        const int StandardError = 2;
        return new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write);
    }
}
