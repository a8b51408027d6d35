using System.Buffers;
using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Security;
using MessagePack;

namespace ProcessTools.Engine.Serialization;

/// <summary>
/// Secure strings and credentials. The full profile runs between processes of one user over channels that only this user can open, so
/// the characters go as they are; the plain profile refuses.
/// </summary>
internal static class SecretFormatters
{
    private const string Refusal = "secrets are not sent in plain form to other programs. Send what the other side needs in another way.";

    /// <summary>Adds the formatters of secrets.</summary>
    /// <param name="table">The table by type.</param>
    public static void AddTo(Dictionary<Type, Formatter> table)
    {
        table.Add(typeof(SecureString), new DelegateFormatter<SecureString>(WriteSecureString, static (ref w, _, c) => Refuse(ref w, c)));
        table.Add(typeof(PSCredential), new DelegateFormatter<PSCredential>(WriteCredential, static (ref w, _, c) => Refuse(ref w, c)));
    }

    /// <summary>Adds the readers of secrets.</summary>
    /// <param name="payloads">The table of values by code.</param>
    /// <param name="composites">The table of markers by code.</param>
    public static void AddTo(ReadPayload?[] payloads, ReadComposite?[] composites)
    {
        payloads[WireCode.SecureString] = ReadSecureString;
        composites[WireCode.Credential] = ReadCredential;
    }

    // A drive has a credential; that must not keep the files on it from being sent.
    private static void Refuse(ref MessagePackWriter writer, WriteContext context)
    {
        if (!context.InsideLiveObject)
        {
            throw context.Error(Refusal);
        }

        writer.WriteNil();
    }

    private static unsafe void WriteSecureString(ref MessagePackWriter writer, SecureString value, WriteContext context)
    {
        int length = 1 + (value.Length * 2);
        nint plain = Marshal.SecureStringToGlobalAllocUnicode(value);
        try
        {
            writer.WriteExtensionFormatHeader(new ExtensionHeader(WireCode.SecureString, length));
            Span<byte> span = writer.GetSpan(length);
            span[0] = value.IsReadOnly() ? (byte)1 : (byte)0;
            new ReadOnlySpan<byte>((void*)plain, length - 1).CopyTo(span[1..]);
            writer.Advance(length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(plain);
        }
    }

    private static object ReadSecureString(in ReadOnlySequence<byte> payload, ReadContext context)
    {
        // 65536 characters are all that a SecureString holds.
        const int MaxLength = 1 + (65536 * 2);
        if (payload.Length % 2 != 1 || payload.Length > MaxLength)
        {
            throw new InvalidDataFrameException($"The data has a secret of {payload.Length} bytes.");
        }

        context.Charge(payload.Length);
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)payload.Length);
        Span<byte> span = bytes.AsSpan(0, (int)payload.Length);
        try
        {
            payload.CopyTo(span);
            return MakeSecureString(MemoryMarshal.Cast<byte, char>(span[1..]), isReadOnly: span[0] != 0);
        }
        finally
        {
            span.Clear();
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static unsafe SecureString MakeSecureString(ReadOnlySpan<char> text, bool isReadOnly)
    {
        SecureString secret;
        fixed (char* first = text)
        {
            secret = first is null ? new SecureString() : new SecureString(first, text.Length);
        }

        if (isReadOnly)
        {
            secret.MakeReadOnly();
        }

        return secret;
    }

    private static void WriteCredential(ref MessagePackWriter writer, PSCredential value, WriteContext context)
    {
        if (value.UserName is null)
        {
            // PSCredential.Empty, which has neither.
            Wire.WriteMarker(ref writer, 0, WireCode.Credential);
            return;
        }

        Wire.WriteMarker(ref writer, 2, WireCode.Credential);
        Wire.WriteString(ref writer, value.UserName, context);
        ValueWriter.Write(ref writer, value.Password, context);
    }

    private static object ReadCredential(ref MessagePackReader reader, byte data, int count, ReadContext context)
    {
        if (count == 0)
        {
            return PSCredential.Empty;
        }

        if (count != 2)
        {
            throw new InvalidDataFrameException($"The data has a credential of {count} parts.");
        }

        string user = Wire.ReadText(ref reader, context);
        return ValueReader.Read(ref reader, context) is SecureString password
            ? new PSCredential(user, password)
            : throw new InvalidDataFrameException("The data has a credential without a password.");
    }
}
