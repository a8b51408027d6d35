using System.Net.Security;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;

namespace ProcessTools.Engine.Sockets;

/// <summary>An encrypted connection: .NET's own TLS over a socket.</summary>
internal sealed class TlsLine : ByteLine
{
    // Of a TLS record, so that a small one is encrypted and written with one call.
    private const int MostRecord = 16_384;

    private readonly SocketLine _inner;
    private readonly LineStream _stream;
    private readonly SslStream _tls;

    private TlsLine(SocketLine inner)
        : base(inner.Socket)
    {
        _inner = inner;
        _stream = new LineStream(inner);
        _tls = new SslStream(_stream, leaveInnerStreamOpen: false);
    }

    /// <summary>Agrees with a client on a key.</summary>
    /// <exception cref="AuthenticationException">There is no agreement.</exception>
    public static TlsLine AsServer(SocketLine inner, SslServerAuthenticationOptions options, in LineWait wait)
    {
        TlsLine line = new(inner);
        line._stream.ReadWait = line._stream.WriteWait = wait;
        Unwrapped(() => line._tls.AuthenticateAsServer(options));
        return line;
    }

    /// <summary>Agrees with a server on a key.</summary>
    /// <exception cref="AuthenticationException">There is no agreement, or the certificate was refused.</exception>
    public static TlsLine AsClient(SocketLine inner, SslClientAuthenticationOptions options, in LineWait wait)
    {
        TlsLine line = new(inner);
        line._stream.ReadWait = line._stream.WriteWait = wait;
        Unwrapped(() => line._tls.AuthenticateAsClient(options));
        return line;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer, in LineWait wait, ReadKind kind = ReadKind.Prompt)
    {
        _stream.ReadWait = wait;
        try
        {
            return _tls.Read(buffer);
        }
        catch (LineTimeoutException)
        {
            // What has come of a record is kept by the stream.
            return TimedOut;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            throw Cause(exception);
        }
    }

    /// <inheritdoc/>
    public override bool Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes, in LineWait wait, ref int written) =>
        WriteRecords(head, wait, ref written) && WriteRecords(bytes, wait, ref written);

    /// <inheritdoc/>
    public override void CheckPeer() => _inner.CheckPeer();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _tls.Dispose();
        _inner.Dispose();
    }

    private bool WriteRecords(ReadOnlySpan<byte> bytes, in LineWait wait, ref int written)
    {
        // A record that is written in part cannot be taken back, so the first one waits for room.
        while (!bytes.IsEmpty)
        {
            if (written == 0 && !_inner.WaitWritable(wait))
            {
                return false;
            }

            int count = Math.Min(bytes.Length, MostRecord);
            _stream.WriteWait = wait;
            written += count;
            try
            {
                _tls.Write(bytes[..count]);
            }
            catch (LineTimeoutException)
            {
                return false;
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException)
            {
                throw Cause(exception);
            }

            bytes = bytes[count..];
        }

        return true;
    }

    private static void Unwrapped(Action agree)
    {
        try
        {
            agree();
        }
        catch (IOException exception) when (exception is not (LineTimeoutException or LineBrokenException))
        {
            throw Cause(exception);
        }
    }

    // The stream wraps what our own stream threw: a stopped pipeline, a cancellation.
    private static Exception Cause(Exception exception)
    {
        if (exception is LineBrokenException or LineTimeoutException)
        {
            return exception;
        }

        if (exception is IOException { InnerException: { } inner and not (System.ComponentModel.Win32Exception or AuthenticationException) })
        {
            ExceptionDispatchInfo.Throw(inner);
        }

        return new LineBrokenException($"the encryption failed: {exception.Message}", exception);
    }
}
