using System.Runtime.InteropServices;
using System.Text;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.State;

/// <summary>The main program of the host of a named state: a hub, until nobody holds the state any more.</summary>
internal static class StateHostMain
{
    private const int CannotStart = 70;

    // The one that started it takes a moment to hold it.
    private static readonly TimeSpan s_firstGrace = TimeSpan.FromSeconds(30);

    // And a process that was just told of it by one that ends, another.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    /// <summary>Runs the host.</summary>
    /// <param name="order">The value of the variable that made this process a host.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(string order)
    {
        PlatformServices.Current.CloseInheritedFiles();
        string[] parts = order.Split('|', 3);
        string name = Encoding.UTF8.GetString(Convert.FromHexString(parts[1]));
        string answer = parts[2];

        // The terminal that it was started in is no business of its.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static context => context.Cancel = true);
        using PosixSignalRegistration quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true);
        using ManualResetEventSlim ended = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.Set();
        });

        StateHub hub;
        Watch watch = new(name, ended);
        try
        {
            hub = StateHub.Start(watch.Look);
            watch.Hub = hub;
        }
        catch (ProcessToolsException exception)
        {
            Answer(answer, exception.Message);
            return CannotStart;
        }

        using (hub)
        {
            hub.Ended = ended.Set;
            Answer(answer, hub.Address);
            ended.Wait();
        }

        return 0;
    }

    private static void Answer(string path, string text)
    {
        string draft = path + ".new";
        File.WriteAllText(draft, text);
        File.Move(draft, path);
    }

    /// <summary>Looks whether somebody holds the state.</summary>
    private sealed class Watch(string name, ManualResetEventSlim ended)
    {
        private readonly Deadline _first = Deadline.After(s_firstGrace);
        private Deadline _deadline;
        private bool _wasHeld;

        /// <summary>The hub, once there is one.</summary>
        public StateHub? Hub { get; set; }

        /// <summary>Called by the hub's thread once a second.</summary>
        public void Look(int lanes)
        {
            if (Hub is not { } hub)
            {
                return;
            }

            if (lanes > 0 || hub.Segment.Holders.HasHolders())
            {
                _wasHeld = true;
                _deadline = default;
                return;
            }

            if (!_deadline.IsSet)
            {
                _deadline = _wasHeld || hub.HasBeenUsed ? Deadline.After(s_grace) : _first;
            }

            if (_deadline.Left <= TimeSpan.Zero)
            {
                EndUnlessHeld(hub);
            }
        }

        private void EndUnlessHeld(StateHub hub)
        {
            try
            {
                // Whoever finds the state by its name takes hold of it under the same lock; who removes it waits for this thread meanwhile.
                using (NameTable.Lock(TimeSpan.Zero))
                {
                    if (!hub.Segment.Holders.HasHolders())
                    {
                        hub.Segment.MarkOver();
                        NameTable.States.Remove(name, hub.Address);
                        ended.Set();
                    }
                }
            }
            catch (TimeoutException)
            {
                // Somebody else looks for a name; the next look is in a second.
            }
        }
    }
}
