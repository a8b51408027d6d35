using System.Net;
using System.Net.Sockets;
using ProcessTools.Engine.Memory;
using ProcessTools.Engine.Platform;

namespace ProcessTools.Engine.Sockets;

/// <summary>Binds the sockets of listeners.</summary>
internal static class ListeningSocket
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Binds a socket and lets it listen.</summary>
    /// <exception cref="AuthKeyRequiredException">There is no key, and others could connect.</exception>
    /// <exception cref="AddressInUseException">Somebody listens there.</exception>
    /// <exception cref="AddressInvalidException">It is no address of this machine.</exception>
    public static Socket Open(SocketAddress address, bool hasKey, int backlog)
    {
        EndPoint endpoint = Choose(address.Resolve(Dns.GetHostAddresses, new LineWait(Deadline.After(Timeout.InfiniteTimeSpan))));
        if (!hasKey)
        {
            CheckPrivate(address, endpoint);
        }

        Socket socket = SocketSettings.Create(endpoint);
        string? bound = null;
        try
        {
            if (endpoint is IPEndPoint { Address: { } ip } && ip.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            if (address.Path is { } path)
            {
                CheckPlace(address, path);
                DeleteStale(address, path);
            }

            socket.Bind(endpoint is UnixDomainSocketEndPoint unix ? new PathEndPoint(unix) : endpoint);
            bound = address.Path;
            if (!hasKey && address.Path is { } own && !OperatingSystem.IsWindows())
            {
                // Before it listens: until then nobody gets in.
                File.SetUnixFileMode(own, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(backlog);
            return socket;
        }
        catch (SocketException exception)
        {
            Undo(socket, bound);
            throw exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new AddressInUseException(address.Text, exception)
                : new AddressInvalidException(address.Text, $"the system refused it: {exception.Message}.", exception);
        }
        catch
        {
            Undo(socket, bound);
            throw;
        }
    }

    private static void Undo(Socket socket, string? bound)
    {
        socket.Dispose();
        if (bound is not null)
        {
            File.Delete(bound);
        }
    }

    // As Python's listener does for a name with addresses of both kinds.
    private static EndPoint Choose(EndPoint[] endpoints) =>
        Array.Find(endpoints, static found => found.AddressFamily == AddressFamily.InterNetwork) ?? endpoints[0];

    private static void CheckPrivate(SocketAddress address, EndPoint endpoint)
    {
        if (endpoint is IPEndPoint ip)
        {
            if (!IPAddress.IsLoopback(ip.Address))
            {
                throw new AuthKeyRequiredException(address.Text, "other machines can reach it.");
            }
        }
        else if (Path.GetDirectoryName(address.Path) is { } folder && Directory.Exists(folder) && !OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(folder);
            if ((mode & OthersWrite) != 0 && (mode & UnixFileMode.StickyBit) == 0)
            {
                throw new AuthKeyRequiredException(address.Text, $"others may write to the folder '{folder}'.");
            }
        }
    }

    // For what is wrong with a path the system says that it is in use, or no address.
    private static void CheckPlace(SocketAddress address, string path)
    {
        string? fault = Directory.Exists(path) ? "it is a folder. Add a name for the socket."
            : Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder) ? $"there is no folder '{folder}'. Make it first."
            : new FileInfo(path).LinkTarget is { } target && !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)) ? $"there is a symbolic link to '{target}', which does not exist. Delete the link, or take another path."
            : OperatingSystem.IsLinux() && File.Exists(path) && new FileInfo(path).LinkTarget is null && !LinuxFileStatus.IsSocket(path) ? "there is a file that is no socket. Delete it, or take another path."
            : null;
        if (fault is not null)
        {
            throw new AddressInvalidException(address.Text, fault);
        }
    }

    // The file of a listener that was killed stays, and nobody answers there any more.
    private static void DeleteStale(SocketAddress address, string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        UnixDomainSocketEndPoint endpoint = new(path);
        using Socket probe = SocketSettings.Create(endpoint);
        try
        {
            probe.Connect(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException)
        {
            // A listener that has no room, or a file that is no socket.
        }

        throw new AddressInUseException(address.Text);
    }

    // Elsewhere nothing tells a socket from an empty file, and so the user is asked to delete it.
    private static bool IsSocket(string path) => OperatingSystem.IsLinux() && LinuxFileStatus.IsSocket(path);
}
