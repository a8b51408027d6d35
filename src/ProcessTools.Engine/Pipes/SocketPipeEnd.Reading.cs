using ProcessTools.Engine.Sockets;

namespace ProcessTools.Engine.Pipes;

/// <content>One call that reads.</content>
internal sealed partial class SocketPipeEnd
{
    /// <summary>Keeps the end open and other readers out for the time of one call.</summary>
    private readonly ref struct Reading
    {
        private readonly SocketPipeEnd _end;
        private readonly LineWait _wait;
        private readonly bool _isHeld;

        public Reading(SocketPipeEnd end, TimeSpan timeout, CancellationToken cancellation)
        {
            _end = end.CanReceive ? end : throw new PipeDirectionException(end, isSend: false);
            _wait = end.Begin(timeout, cancellation);
            try
            {
                _isHeld = Lock(end._receiveGate, _wait);
            }
            finally
            {
                if (!_isHeld)
                {
                    end.End();
                }
            }
        }

        /// <summary>Finds the next frame, which stays.</summary>
        public ChannelStatus Peek(out ReadOnlyMemory<byte> frame)
        {
            frame = default;
            if (!_isHeld)
            {
                return ChannelStatus.Empty;
            }

            try
            {
                return _end._reader.IsOver ? ChannelStatus.Over : _end._reader.Peek(out frame, _wait);
            }
            catch (Exception exception) when (exception is LineBrokenException or ObjectDisposedException)
            {
                throw _end.Broken(exception);
            }
            catch (InvalidDataFrameException exception)
            {
                throw _end.Refuse(exception);
            }
        }

        /// <summary>Reads bytes without frames.</summary>
        public int ReadRaw(Span<byte> bytes)
        {
            if (!_isHeld)
            {
                return ByteLine.TimedOut;
            }

            try
            {
                return _end._reader.ReadRaw(bytes, _wait);
            }
            catch (Exception exception) when (exception is LineBrokenException or ObjectDisposedException)
            {
                throw _end.Broken(exception);
            }
        }

        public void Dispose()
        {
            if (_isHeld)
            {
                Monitor.Exit(_end._receiveGate);
                _end.End();
            }
        }
    }
}
