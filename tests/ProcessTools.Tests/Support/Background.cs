using System.Runtime.ExceptionServices;
using Xunit;

namespace ProcessTools.Tests.Support;

/// <summary>A call on a thread of its own, for what waits while the test goes on.</summary>
internal sealed class Background<T>
{
    private readonly Thread _thread;
    private T? _result;
    private ExceptionDispatchInfo? _error;

    public Background(Func<T> work)
    {
        _thread = new Thread(() =>
        {
            try
            {
                _result = work();
            }
#pragma warning disable CA1031 // Whatever it is, the test sees it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _error = ExceptionDispatchInfo.Capture(exception);
            }
        })
        {
            IsBackground = true,
        };
        _thread.Start();
    }

    /// <summary>What the call returned or threw; fails the test when it takes too long.</summary>
    public T Result
    {
        get
        {
            Assert.True(EndsWithin(60), "The call does not end.");
            _error?.Throw();
            return _result!;
        }
    }

    public bool EndsWithin(double seconds) => _thread.Join(TimeSpan.FromSeconds(seconds));
}

/// <summary>Starts them.</summary>
internal static class Background
{
    public static Background<T> Run<T>(Func<T> work) => new(work);

    public static Background<bool> Run(Action work) => new(() =>
    {
        work();
        return true;
    });
}
