using System.Text;
using ProcessTools.Engine.Sockets;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>The bytes of the authentication, against those that Python's hmac gives.</summary>
public sealed class ConnectionChallengeTests
{
    private static readonly byte[] s_key = Encoding.ASCII.GetBytes("secret");
    private static readonly byte[] s_challenge = [.. Encoding.ASCII.GetBytes("{sha256}"), .. Enumerable.Range(0, 40).Select(static n => (byte)n)];
    private static readonly byte[] s_oldChallenge = [.. Enumerable.Range(0, 20).Select(static n => (byte)n)];

    [Fact]
    public void The_response_to_a_challenge_is_Pythons()
    {
        Assert.Equal("7defa9cc46abc3583325d17ccda75190", Hex(ConnectionChallenge.Respond(s_key, s_oldChallenge)));
        byte[] response = ConnectionChallenge.Respond(s_key, s_challenge)!;
        Assert.Equal("{sha256}", Encoding.ASCII.GetString(response[..8]));
        Assert.Equal("fc57fbe650d6124b98215e7b5d197d5807ad69982d275a9735ea2d56f1fa6989", Hex(response[8..]));
    }

    [Theory]
    [InlineData("{sha256}", "fc57fbe650d6124b98215e7b5d197d5807ad69982d275a9735ea2d56f1fa6989")]
    [InlineData("{sha384}", "98030e6b3d09dd7eb5b7cf5f0a8c32b12ddb22d4d698e98b35f0f4690116fa5bcd125f45b2d89a7fc2f902c009a6f961")]
    [InlineData("{md5}", "8e48d2bb349b4b72b9382999ed5b62eb")]
    [InlineData("", "8e48d2bb349b4b72b9382999ed5b62eb")]
    public void Every_form_of_a_right_response_is_accepted(string name, string digest)
    {
        byte[] response = [.. Encoding.ASCII.GetBytes(name), .. Convert.FromHexString(digest)];
        Assert.True(ConnectionChallenge.Verify(s_key, s_challenge, response));
        response[^1] ^= 1;
        Assert.False(ConnectionChallenge.Verify(s_key, s_challenge, response));
        Assert.False(ConnectionChallenge.Verify(s_key, s_challenge, response.AsSpan(0, response.Length - 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{sha1}00000000000000000000")]
    [InlineData("{sha256}")]
    [InlineData("0123456789012345678901234567890123456789")]
    public void What_is_no_response_is_refused(string response) => Assert.False(ConnectionChallenge.Verify(s_key, s_challenge, Encoding.ASCII.GetBytes(response)));

    [Theory]
    [InlineData("")]
    [InlineData("0123456789012345678")]
    [InlineData("012345678901234567890")]
    [InlineData("{sha1}0123456789012345678901234567890123456789")]
    public void What_is_no_challenge_is_not_answered(string challenge) => Assert.Null(ConnectionChallenge.Respond(s_key, Encoding.ASCII.GetBytes(challenge)));

    [Fact]
    public void No_two_challenges_are_the_same()
    {
        byte[] one = ConnectionChallenge.Create();
        Assert.Equal(48, one.Length);
        Assert.NotEqual(one, ConnectionChallenge.Create());
    }

    private static string Hex(byte[]? bytes) => Convert.ToHexString(bytes!).ToLowerInvariant();
}
