using System.Globalization;
using ProcessTools.Engine.State;

namespace ProcessTools.Tests.Peer;

/// <summary>
/// Users of the locks in shared memory: <c>sync address kind plan step…</c>; the plan is a fault (<see cref="Faults"/>) or "-". It does the steps in order, and says of each how it went.
/// </summary>
internal static class SyncRoles
{
    /// <summary>Plays the role.</summary>
    public static void Run(string[] args)
    {
        if (args[3] != "-")
        {
            Faults.Install(args[3]);
        }

        SharedObjectKind kind = Enum.Parse<SharedObjectKind>(args[2]);
        SharedObject target = SyncObjects.Open(null!, "it", SyncSegment.Open(args[1], kind));
        Console.WriteLine("ready");
        foreach (string step in args.Skip(4))
        {
            Console.WriteLine($"{step} {Try(target, step)}");
        }
    }

    private static string Try(SharedObject target, string step)
    {
        try
        {
            return Do(target, step);
        }
        catch (ProcessToolsException exception)
        {
            return exception.ErrorId;
        }
    }

    private static string Do(SharedObject target, string step)
    {
        string[] words = step.Split(':');
        double number = words.Length > 1 ? double.Parse(words[1], CultureInfo.InvariantCulture) : -1;
        switch (words[0], target)
        {
            case ("acquire", SharedLockable lockable):
                return lockable.Acquire(number) ? lockable.WasAbandoned ? "abandoned" : "acquired" : "timeout";

            case ("release", SharedSemaphore semaphore):
                semaphore.Release(Math.Max(1, (int)number));
                return "released";

            case ("release", SharedLockable lockable):
                lockable.Release();
                return "released";

            case ("wait", SharedCondition condition):
                return condition.Wait(number) ? "notified" : "timeout";

            case ("notify", SharedCondition condition):
                condition.Notify((int)number);
                return "done";

            case ("wait", SharedBarrier barrier):
                return barrier.Wait(number).ToString(CultureInfo.InvariantCulture);

            case ("wait", SharedEvent flag):
                return flag.Wait(number) ? "set" : "timeout";

            case ("set", SharedEvent flag):
                flag.Set();
                return "done";

            case ("stay", _):
                Thread.Sleep(Timeout.Infinite);
                return "";

            default:
                throw new ArgumentException(step);
        }
    }
}
