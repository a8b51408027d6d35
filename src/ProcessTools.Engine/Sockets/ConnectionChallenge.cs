using System.Security.Cryptography;
using System.Text;

namespace ProcessTools.Engine.Sockets;

/// <summary>
/// The bytes of the challenge by which two sides of a connection show each other that they have the same key, as CPython's Lib/multiprocessing/connection.py has it: since 3.12 <c>{sha256}</c> and random bytes, answered by
/// <c>{sha256}</c> and the HMAC of all of the challenge; up to 3.11 twenty random bytes, answered by the bare HMAC-MD5. Who is asked in the newer form and answers in the older one is a Python up to 3.11.
/// </summary>
internal static class ConnectionChallenge
{
    private const int LegacyLength = 20;
    private const int LegacyDigestLength = 16;
    private const int RandomLength = 40;
    private const int LongestName = 8;

    /// <summary>What comes before a challenge.</summary>
    public static ReadOnlySpan<byte> Prefix => "#CHALLENGE#"u8;

    /// <summary>The answer to a right response.</summary>
    public static ReadOnlySpan<byte> Welcome => "#WELCOME#"u8;

    /// <summary>The answer to a wrong response.</summary>
    public static ReadOnlySpan<byte> Failure => "#FAILURE#"u8;

    /// <summary>A new challenge, without its prefix.</summary>
    public static byte[] Create() => [.. "{sha256}"u8, .. RandomNumberGenerator.GetBytes(RandomLength)];

    /// <summary>The response to a challenge, or null when it is none that can be answered.</summary>
    /// <param name="key">The key.</param>
    /// <param name="challenge">The challenge, without its prefix.</param>
    public static byte[]? Respond(ReadOnlySpan<byte> key, ReadOnlySpan<byte> challenge)
    {
        if (challenge.Length == LegacyLength)
        {
            return Digest("md5", key, challenge);
        }

        // Shorter ones were chosen by somebody who collects answers.
        if (challenge.Length < LegacyLength || Split(challenge, out string name) is not { IsEmpty: false } || Digest(name, key, challenge) is not { } digest)
        {
            return null;
        }

        return [.. Encoding.ASCII.GetBytes("{" + name + "}"), .. digest];
    }

    /// <summary>True when a response shows that its sender has the key. Takes equally long however much of it is right.</summary>
    /// <param name="key">The key.</param>
    /// <param name="challenge">The challenge that was sent, without its prefix.</param>
    /// <param name="response">What came.</param>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> response)
    {
        string name = "md5";
        ReadOnlySpan<byte> given = response.Length == LegacyDigestLength ? response : Split(response, out name);
        byte[]? expected = Digest(name, key, challenge);
        return expected is not null && CryptographicOperations.FixedTimeEquals(expected, given);
    }

    // What follows "{name}"; empty where there is no such thing.
    private static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> message, out string name)
    {
        name = "";
        if (message.IsEmpty || message[0] != (byte)'{')
        {
            return [];
        }

        int end = message[..Math.Min(message.Length, LongestName + 2)].IndexOf((byte)'}');
        if (end < 0)
        {
            return [];
        }

        name = Encoding.ASCII.GetString(message[1..end]);
        return message[(end + 1)..];
    }

#pragma warning disable CA5351 // What Python up to 3.11 speaks; an HMAC needs no hash without collisions (RFC 6151, 2.3).
    private static byte[]? Digest(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message) => name switch
    {
        "md5" => HMACMD5.HashData(key, message),
        "sha256" => HMACSHA256.HashData(key, message),
        "sha384" => HMACSHA384.HashData(key, message),
        "sha3_256" when HMACSHA3_256.IsSupported => HMACSHA3_256.HashData(key, message),
        "sha3_384" when HMACSHA3_384.IsSupported => HMACSHA3_384.HashData(key, message),
        _ => null,
    };
#pragma warning restore CA5351
}
