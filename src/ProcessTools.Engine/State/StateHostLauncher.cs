using System.Globalization;
using System.Text;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;
using ProcessTools.Engine.Workers;

namespace ProcessTools.Engine.State;

/// <summary>
/// Starts the host of a named state: this program once more, as workers are, but without PowerShell's engine, and as nobody's child: it lives as long as somebody holds the state, whoever started it.
/// </summary>
internal static class StateHostLauncher
{
    /// <summary>What the variable that makes a process a worker begins with in a host.</summary>
    public const string Mark = "state|";

    private const string HooksVariable = "DOTNET_STARTUP_HOOKS";

    /// <summary>Starts a host.</summary>
    /// <param name="name">The state's name.</param>
    /// <returns>The address of its state.</returns>
    /// <exception cref="SharedStateStartException">It did not come up.</exception>
    public static string Start(string name)
    {
        string answer = RuntimeFolder.NewPath("answer");
        try
        {
            (string program, string[] arguments) = HostProgram.Find();
            Dictionary<string, string> environment = WorkerLink.CurrentEnvironment();
            environment.TryGetValue(HooksVariable, out string? hooks);
            environment[HooksVariable] = string.IsNullOrEmpty(hooks) ? HostProgram.HookPath : $"{hooks}{Path.PathSeparator}{HostProgram.HookPath}";
            environment[WorkerAddress.VariableName] = string.Create(CultureInfo.InvariantCulture, $"{Mark}{Convert.ToHexString(Encoding.UTF8.GetBytes(name))}|{answer}");
            PlatformServices.Current.StartDetached(new ChildProcessOptions
            {
                FileName = program,
                Arguments = arguments,
                WorkingDirectory = Path.GetPathRoot(program) ?? "/",
                Environment = environment,
            });
            return Await(answer, name);
        }
        catch (Exception exception) when (exception is WorkerStartException or ProgramNotFoundException or IOException or System.ComponentModel.Win32Exception)
        {
            throw new SharedStateStartException(name, exception.Message, exception);
        }
        finally
        {
            File.Delete(answer);
        }
    }

    private static string Await(string answer, string name)
    {
        Deadline patience = Deadline.After(WorkerSettings.BootTimeout);
        using ManualResetEventSlim never = new();
        while (true)
        {
            // Written under another name and moved here, so what is here is whole.
            if (File.Exists(answer))
            {
                string text = File.ReadAllText(answer);
                return text.StartsWith('/') || Path.IsPathRooted(text) ? text : throw new SharedStateStartException(name, text);
            }

            if (patience.Left <= TimeSpan.Zero)
            {
                throw new SharedStateStartException(
                    name, $"its host did not come up within {WorkerSettings.BootTimeout.TotalSeconds:0.#} seconds. Set {WorkerSettings.BootTimeoutVariable} higher if the machine is that slow.");
            }

            Channels.PipelineStop.ThrowIfStopping();
            never.Wait(1);
        }
    }
}
