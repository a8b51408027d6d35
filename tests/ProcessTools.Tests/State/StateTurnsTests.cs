using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.State;

/// <summary>More clients than processors: each gets its turn, and none waits for one that asks nothing.</summary>
[Trait("Platform", "portable")]
public sealed class StateTurnsTests(StateSession session) : IClassFixture<StateSession>
{
    private const int Clients = 12;
    private static readonly int s_requests = LongForm.Rounds(600, 3000);

    [Fact]
    public void Many_clients_that_ask_without_pause_all_come_to_their_end_and_no_request_is_lost()
    {
        SharedDictionary dictionary = session.Far.Dictionary();
        using Barrier start = new(Clients);
        Background<bool>[] clients = [.. Enumerable.Range(0, Clients).Select(number => Background.Run(() =>
        {
            start.SignalAndWait(TimeSpan.FromSeconds(60));
            for (int request = 1; request <= s_requests; request++)
            {
                dictionary[number] = request;
                Assert.Equal(request, dictionary[number]);
                dictionary.Increment("all");
            }
        }))];
        Assert.All(clients, static client => Assert.True(client.Result));
        Assert.Equal(Clients * s_requests, dictionary["all"]);
    }

    [Fact]
    public void A_client_that_has_the_turn_and_asks_nothing_keeps_nobody_waiting()
    {
        SharedDictionary dictionary = session.Far.Dictionary();
        using ManualResetEventSlim asked = new();
        using ManualResetEventSlim done = new();
        Background<bool> idle = Background.Run(() =>
        {
            for (int request = 0; request < s_requests; request++)
            {
                dictionary["idle"] = request;
            }

            asked.Set();
            Assert.True(done.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        });
        Assert.True(asked.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Background<bool> other = Background.Run(() =>
        {
            for (int request = 0; request < s_requests; request++)
            {
                dictionary["other"] = request;
            }
        });
        Assert.True(other.Result);
        done.Set();
        Assert.True(idle.Result);
        Assert.Equal(s_requests - 1, dictionary["other"]);
    }
}
