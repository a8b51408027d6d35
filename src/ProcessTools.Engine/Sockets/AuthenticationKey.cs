using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace ProcessTools.Engine.Sockets;

/// <summary>The bytes of a key.</summary>
internal static class AuthenticationKey
{
    /// <summary>The UTF-8 bytes of a secure string; Python's <c>authkey=b'secret'</c> is "secret".</summary>
    /// <param name="key">The secure string; null for no key.</param>
    /// <exception cref="AuthKeyInvalidException">It is empty: everybody has that key.</exception>
    public static byte[]? From(SecureString? key)
    {
        if (key is null)
        {
            return null;
        }

        if (key.Length == 0)
        {
            throw new AuthKeyInvalidException();
        }

        char[] letters = new char[key.Length];
        nint copy = Marshal.SecureStringToGlobalAllocUnicode(key);
        try
        {
            Marshal.Copy(copy, letters, 0, letters.Length);
            return Encoding.UTF8.GetBytes(letters);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(letters.AsSpan()));
        }
    }
}
