using System.Net;
using System.Runtime.ExceptionServices;

namespace ProcessTools.Engine.Sockets;

/// <summary>Finds the addresses of a host's name. The system's call cannot be ended and takes as long as name servers do not answer, so it has a thread of its own, which is left to itself when the wait is over.</summary>
internal static class HostLookup
{
    /// <summary>Finds the addresses.</summary>
    /// <param name="host">The name.</param>
    /// <param name="lookup">The call.</param>
    /// <param name="wait">How long it may take.</param>
    /// <exception cref="LineTimeoutException">The time is over.</exception>
    public static IPAddress[] Find(string host, Func<string, IPAddress[]> lookup, in LineWait wait)
    {
        IPAddress[] found = [];
        ExceptionDispatchInfo? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                found = lookup(host);
            }
#pragma warning disable CA1031 // Whoever waits is told.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                fault = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { IsBackground = true, Name = "ProcessTools host name" };
        thread.Start();
        TimeSpan slice;
        do
        {
            slice = wait.NextSlice();
            if (slice <= TimeSpan.Zero)
            {
                throw new LineTimeoutException();
            }
        }
        while (!thread.Join(slice));

        fault?.Throw();
        return found;
    }
}
