using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProcessTools.Engine.Platform;

/// <summary>
/// Tells when other processes end. One thread for all, started with the first watch: on Linux it sleeps in poll(2) on descriptors of the
/// processes and costs nothing; where there are none it looks at the processes ten times a second. Thread-safe.
/// </summary>
internal static class ProcessWatcher
{
    private const int LookIntervalMilliseconds = 100;

    private static readonly object s_gate = new();
    private static readonly List<Entry> s_entries = [];
    private static readonly AutoResetEvent s_changed = new(initialState: false);
    private static (SafeFileHandle Reader, SafeFileHandle Writer)? s_wake;
    private static Thread? s_thread;

    /// <summary>Calls back once when a process has ended; at once when it already has.</summary>
    /// <param name="process">The process.</param>
    /// <param name="onExit">Called on the watcher's thread, so briefly; what it throws is dropped.</param>
    /// <returns>Ends the watch; a call that is under way is not waited for.</returns>
    public static IDisposable Watch(ProcessIdentity process, Action onExit)
    {
        Entry entry = new(process, onExit, PlatformServices.Current.OpenProcess(process.Id));
        lock (s_gate)
        {
            s_entries.Add(entry);
            if (s_thread is null)
            {
                if (PlatformServices.Current is LinuxPlatform)
                {
                    s_wake = LinuxPipe.Create();
                }

                s_thread = new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = "ProcessTools process watcher" };
                s_thread.Start();
            }
        }

        Wake();
        return entry;
    }

    private static void Wake()
    {
        if (s_wake is { } wake)
        {
            LinuxPipe.Write(wake.Writer, [1]);
        }
        else
        {
            s_changed.Set();
        }
    }

    private static void Run()
    {
        while (true)
        {
            Entry[] entries;
            lock (s_gate)
            {
                s_entries.RemoveAll(static entry => entry.TryRelease());
                entries = [.. s_entries];
            }

            foreach (Entry entry in Wait(entries))
            {
                lock (s_gate)
                {
                    s_entries.Remove(entry);
                }

                entry.Fire();
            }
        }
    }

    private static List<Entry> Wait(Entry[] entries)
    {
        // A process whose descriptor could not be opened may be gone already, or be one that has to be looked at.
        bool mustLook = entries.Any(static entry => entry.Descriptor is null);
        List<Entry> ended = [.. entries.Where(static entry => entry.Descriptor is null && !entry.Process.IsAlive)];
        if (ended.Count > 0)
        {
            return ended;
        }

        int timeout = mustLook ? LookIntervalMilliseconds : Timeout.Infinite;
        if (s_wake is not { } wake)
        {
            s_changed.WaitOne(timeout);
            return ended;
        }

        LinuxPoll[] polls = new LinuxPoll[entries.Length + 1];
        for (int i = 0; i < entries.Length; i++)
        {
            polls[i] = LinuxPoll.For(entries[i].Descriptor);
        }

        polls[^1] = LinuxPoll.For(wake.Reader);
        LinuxPoll.Wait(polls, timeout);
        for (int i = 0; i < entries.Length; i++)
        {
            if (polls[i].ReturnedEvents != 0)
            {
                ended.Add(entries[i]);
            }
        }

        if (polls[^1].ReturnedEvents != 0)
        {
            LinuxPipe.Read(wake.Reader, stackalloc byte[64]);
        }

        return ended;
    }

    private sealed class Entry : IDisposable
    {
        private readonly Action _onExit;
        private int _done;

        public Entry(ProcessIdentity process, Action onExit, SafeHandle? descriptor)
        {
            Process = process;
            _onExit = onExit;

            // The id may have been given to another process between the two looks; then the one that is watched is gone.
            if (descriptor is not null && !process.IsAlive && ProcessIdentity.TryGet(process.Id) is not null)
            {
                descriptor.Dispose();
                descriptor = null;
            }

            Descriptor = descriptor;
        }

        public ProcessIdentity Process { get; }

        public SafeHandle? Descriptor { get; }

        /// <summary>Closes the descriptor of an ended watch, on the only thread that polls it.</summary>
        public bool TryRelease()
        {
            if (Volatile.Read(ref _done) == 0)
            {
                return false;
            }

            Descriptor?.Dispose();
            return true;
        }

        public void Fire()
        {
            if (Interlocked.Exchange(ref _done, 1) != 0)
            {
                return;
            }

            try
            {
                _onExit();
            }
            catch (Exception)
            {
                // Last catch of this thread: one callback's failure must not keep the others from being told.
            }

            Descriptor?.Dispose();
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) == 0)
            {
                // The thread may be polling the descriptor; it is closed when the thread has taken the entry off.
                Wake();
            }
        }
    }
}
