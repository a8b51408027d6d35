using System.Globalization;
using System.Runtime.InteropServices;
using ProcessTools.Engine.Memory;

namespace ProcessTools.Tests.Peer;

/// <summary>
/// Kills, stops or delays this process at a step of the engine: <c>PutCopied:kill:3</c> the third time that it comes there, <c>PutCopied:stop:1</c> the first time, only says that it comes there (<c>PutCopied:say:1</c>), and <c>any:pause:0</c>
/// at every step for a random while.
/// </summary>
internal static class Faults
{
    private const int Kill = 9;
    private const int Stop = 19;

    /// <summary>Sets it up; before the engine's first use.</summary>
    public static void Install(string plan)
    {
        string[] parts = plan.Split(':');
        if (parts is [_, "pause", _])
        {
            AppContext.SetData(FaultPoints.HookName, (Action<FaultPoint>)Pause);
            return;
        }

        FaultPoint at = Enum.Parse<FaultPoint>(parts[0]);
        int signal = parts[1] switch { "kill" => Kill, "stop" => Stop, _ => 0 };
        int left = int.Parse(parts[2], CultureInfo.InvariantCulture);
        AppContext.SetData(FaultPoints.HookName, (Action<FaultPoint>)(point =>
        {
            if (point == at && Interlocked.Decrement(ref left) == 0)
            {
                Console.WriteLine("fault");
                _ = SendSignal(Environment.ProcessId, signal);
            }
        }));
    }

    private static void Pause(FaultPoint point)
    {
        int choice = Random.Shared.Next(200);
        if (choice < 3)
        {
            Thread.Sleep(choice / 2);
        }
        else if (choice < 60)
        {
            Thread.SpinWait(Random.Shared.Next(1500));
        }
        else if (choice < 80)
        {
            Thread.Yield();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int id, int signal);
}
