using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Pipes;

namespace ProcessTools.Engine.Sockets;

/// <summary>Connects to listeners.</summary>
internal static class SocketConnector
{
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(50);

    /// <summary>Connects, encrypts where the address says so, and shows that both sides have the key.</summary>
    /// <exception cref="ConnectionRefusedException">Nobody listens there.</exception>
    /// <exception cref="ConnectionTimeoutException">It took too long.</exception>
    /// <exception cref="AuthenticationFailedException">The keys differ.</exception>
    /// <exception cref="TlsFailedException">There is no encryption, or the certificate is not trusted.</exception>
    public static SocketPipeEnd Connect(SocketAddress address, ConnectOptions options, CancellationToken cancellation)
    {
        LineWait wait = new(Deadline.After(options.Timeout), null, cancellation);
        Socket socket = Open(address, options, wait);
        ByteLine? line = null;
        CertificateCheck check = new(options);
        try
        {
            SocketSettings.Apply(socket, options.KeepAlive);
            SocketLine plain = new(socket);
            line = plain;
            if (address.IsTls)
            {
                line = TlsLine.AsClient(plain, ClientOptions(address, check), wait);
            }

            FrameReader reader = new(line);
            if (options.Key is { } key)
            {
                Authenticate(address, options, line, reader, key, wait);
            }

            return new SocketPipeEnd(line, reader, SocketPeer.NewId(address), SocketPeer.AddressOf(socket, address));
        }
        catch (Exception exception)
        {
            line?.Dispose();
            socket.Dispose();
            throw exception switch
            {
                LineTimeoutException => new ConnectionTimeoutException(address.Text, options.Timeout, isAccept: false),
                AuthenticationException => new TlsFailedException(address.Text, check.Fault ?? exception.Message, exception),
                IOException => new TlsFailedException(address.Text, exception.Message, exception),
                SocketException => new ConnectionRefusedException(address.Text, exception.Message, exception),
                _ => exception,
            };
        }
    }

    private static void Authenticate(SocketAddress address, ConnectOptions options, ByteLine line, FrameReader reader, byte[] key, in LineWait wait)
    {
        try
        {
            if (!Handshake.IsAsked(reader, wait))
            {
                string seconds = string.Create(CultureInfo.InvariantCulture, $"{options.Timeout.TotalSeconds:0.###} s");
                throw new AuthenticationException($"The other side asked for no key within {seconds}: it has none, or takes in nobody now.");
            }

            Handshake.AsClient(line, reader, key, wait);
        }
        catch (Exception exception) when (exception is AuthenticationException or InvalidDataFrameException or LineBrokenException)
        {
            string reason = exception is LineBrokenException ? "Before both had shown that they have the key, " + exception.Message : exception.Message;
            throw new AuthenticationFailedException(address.Text, reason, exception);
        }
    }

    private static SslClientAuthenticationOptions ClientOptions(SocketAddress address, CertificateCheck check) => new()
    {
        TargetHost = address.Host,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => check.IsTrusted((X509Certificate2?)certificate, chain, errors),
    };

    private static Socket Open(SocketAddress address, ConnectOptions options, in LineWait wait)
    {
        EndPoint[] endpoints = Resolve(address, options, wait);
        while (true)
        {
            SocketError error = SocketError.HostNotFound;
            foreach (EndPoint endpoint in endpoints)
            {
                Socket socket = SocketSettings.Create(endpoint);
                try
                {
                    error = TryConnect(socket, endpoint, wait);
                    if (error == SocketError.Success)
                    {
                        return socket;
                    }
                }
                finally
                {
                    if (error != SocketError.Success)
                    {
                        socket.Dispose();
                    }
                }
            }

            TimeSpan left = wait.NextSlice();
            if (left <= TimeSpan.Zero || error == SocketError.TimedOut)
            {
                throw new ConnectionTimeoutException(address.Text, options.Timeout, isAccept: false);
            }

            // The listener of a unix socket that has no room is busy, not gone. TCP waits for room by itself.
            if (!options.IsPatient && error != SocketError.WouldBlock)
            {
                throw new ConnectionRefusedException(address.Text, new SocketException((int)error).Message + ".", new SocketException((int)error));
            }

            wait.Cancellation.WaitHandle.WaitOne(left < s_again ? left : s_again);
        }
    }

    private static EndPoint[] Resolve(SocketAddress address, ConnectOptions options, in LineWait wait)
    {
        try
        {
            return address.Resolve(options.Lookup, wait);
        }
        catch (LineTimeoutException)
        {
            throw new ConnectionTimeoutException(address.Text, options.Timeout, isAccept: false);
        }
    }

    // .NET's own call without a time limit cannot be ended; this one ends with its socket.
    private static SocketError TryConnect(Socket socket, EndPoint endpoint, in LineWait wait)
    {
        using ManualResetEventSlim done = new();
        SocketAsyncEventArgs arguments = new() { RemoteEndPoint = endpoint };
        arguments.Completed += (_, _) => done.Set();
        if (!socket.ConnectAsync(arguments))
        {
            return arguments.SocketError;
        }

        try
        {
            while (true)
            {
                TimeSpan slice = wait.NextSlice();
                if (slice <= TimeSpan.Zero)
                {
                    return SocketError.TimedOut;
                }

                if (done.Wait(slice))
                {
                    return arguments.SocketError;
                }
            }
        }
        finally
        {
            if (!done.IsSet)
            {
                socket.Dispose();
                done.Wait();
            }

            arguments.Dispose();
        }
    }
}
