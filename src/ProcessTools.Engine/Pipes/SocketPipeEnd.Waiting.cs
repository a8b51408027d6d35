using System.Runtime.InteropServices;
using ProcessTools.Engine.Channels;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Sockets;

namespace ProcessTools.Engine.Pipes;

/// <content>Waiting for a socket together with queues and pipes in memory.</content>
internal sealed unsafe partial class SocketPipeEnd
{
    private SpotMemory? _spotMemory;
    private int _waiters;

    /// <inheritdoc/>
    ParkingSpot IWaitable.ItemSpot => Spot;

    /// <inheritdoc/>
    bool IWaitable.IsReady
    {
        get
        {
            if (PollCore(TimeSpan.Zero, default))
            {
                return true;
            }

            // What comes from now on is seen by the watcher, which looks whether there is something and not whether something came.
            if (Volatile.Read(ref _waiters) > 0)
            {
                SocketWatcher.Watch(_line.Socket, Spot);
            }

            return false;
        }
    }

    private ParkingSpot Spot => new(_spotMemory!.Words);

    /// <inheritdoc/>
    bool IWaitable.TryEnter()
    {
        lock (_gate)
        {
            if (IsClosed)
            {
                return false;
            }

            _uses++;
            _spotMemory ??= new SpotMemory();
            Interlocked.Increment(ref _waiters);
            return true;
        }
    }

    /// <inheritdoc/>
    void IWaitable.Leave()
    {
        // Another thread that waits too asks for it again within a slice.
        SocketWatcher.Forget(_line.Socket);
        Interlocked.Decrement(ref _waiters);
        End();
    }

    /// <inheritdoc/>
    void IWaitable.CheckPeers()
    {
        try
        {
            _line.CheckPeer();
        }
        catch (Exception exception) when (exception is LineBrokenException or ObjectDisposedException)
        {
            // Ready from now on: receiving says so.
            _ = Broken(exception);
        }
    }

    /// <summary>The two words that waiters sleep on.</summary>
    private sealed class SpotMemory : SafeHandle
    {
        public SpotMemory()
            : base(0, ownsHandle: true)
        {
            SetHandle((nint)NativeMemory.AllocZeroed(ParkingSpot.Size));
        }

        public override bool IsInvalid => handle == 0;

        public int* Words => (int*)handle;

        protected override bool ReleaseHandle()
        {
            NativeMemory.Free((void*)handle);
            return true;
        }
    }
}
