using System.Security.Cryptography;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>Asynchronous use of the streams of sockets.</summary>
[Trait("Platform", "portable")]
public sealed class SocketStreamTests : SocketTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_that_waits_does_not_hold_up_a_write()
    {
        (Stream a, Stream b) = NewStreams();
        byte[] answer = new byte[16];
        Task<int> reading = a.ReadAsync(answer, 0, answer.Length, Ending);
        await a.WriteAsync("question"u8.ToArray(), Ending).AsTask().WaitAsync(s_patience, Ending);
        byte[] question = new byte[16];
        Assert.Equal(8, await b.ReadAsync(question, Ending).AsTask().WaitAsync(s_patience, Ending));
        Assert.False(reading.IsCompleted);
        await b.WriteAsync(question, 0, 3, Ending).WaitAsync(s_patience, Ending);
        Assert.Equal(3, await reading.WaitAsync(s_patience, Ending));
        Assert.Equal("que"u8, answer.AsSpan(0, 3));
    }

    [Fact]
    public async Task A_read_that_was_begun_does_not_hold_up_a_write()
    {
        (Stream a, Stream b) = NewStreams();
        byte[] answer = new byte[16];
        IAsyncResult reading = a.BeginRead(answer, 0, answer.Length, null, null);
        Background<bool> writing = Background.Run(() => a.EndWrite(a.BeginWrite([1, 2, 3], 0, 3, null, null)));
        Assert.True(writing.Result);
        Assert.Equal(3, await b.ReadAsync(new byte[16], Ending).AsTask().WaitAsync(s_patience, Ending));
        await b.WriteAsync(new byte[5], Ending).AsTask().WaitAsync(s_patience, Ending);
        Assert.Equal(5, a.EndRead(reading));
    }

    [Fact]
    public async Task A_token_ends_a_read_and_a_write_and_the_stream_goes_on()
    {
        (Stream a, Stream b) = NewStreams();
        using CancellationTokenSource source = new();
        byte[] buffer = new byte[16];
        Task<int> reading = a.ReadAsync(buffer, source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(s_patience, Ending));
        Assert.True(reading.IsCanceled);
        await b.WriteAsync(new byte[2], Ending).AsTask().WaitAsync(s_patience, Ending);
        Assert.Equal(2, await a.ReadAsync(buffer, Ending).AsTask().WaitAsync(s_patience, Ending));

        // More than the system takes while nobody reads.
        using CancellationTokenSource second = new();
        Task writing = a.WriteAsync(new byte[50_000_000], second.Token).AsTask();
        Assert.True(await b.ReadAsync(buffer, Ending).AsTask().WaitAsync(s_patience, Ending) > 0);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(s_patience, Ending));
    }

    [Fact]
    public async Task Two_copies_make_a_proxy_that_carries_data_both_ways()
    {
        (Stream client, Stream front) = NewStreams();
        (Stream back, Stream server) = NewStreams();
        Task[] proxy = [front.CopyToAsync(back, Ending), back.CopyToAsync(front, Ending)];
        byte[] data = RandomNumberGenerator.GetBytes(3_000_000);
        Background<bool> echo = Background.Run(() =>
        {
            byte[] buffer = new byte[100_000];
            for (int left = data.Length; left > 0;)
            {
                int count = server.Read(buffer);
                server.Write(buffer.AsSpan(0, count));
                left -= count;
            }
        });
        byte[] received = new byte[data.Length];
        Task writing = client.WriteAsync(data, Ending).AsTask();
        await client.ReadExactlyAsync(received, Ending).AsTask().WaitAsync(s_patience, Ending);
        await writing.WaitAsync(s_patience, Ending);
        Assert.True(echo.Result);
        Assert.Equal(data, received);
        Assert.DoesNotContain(proxy, static copy => copy.IsCompleted);
    }

    private (Stream First, Stream Second) NewStreams()
    {
        (ProcessPipeEnd first, ProcessPipeEnd second) = NewPipe("-Transport Socket");
        return (Own(Own(first).GetStream()), Own(Own(second).GetStream()));
    }
}
