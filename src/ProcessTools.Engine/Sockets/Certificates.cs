using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProcessTools.Engine.Sockets;

/// <summary>Gets certificates from files and stores, and makes them.</summary>
internal static class Certificates
{
    /// <summary>The purpose that a server's certificate is for (RFC 5280, 4.2.1.12).</summary>
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan s_clockError = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_life = TimeSpan.FromDays(365);

    /// <summary>Reads a certificate and its private key from a PFX or PEM file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keyPath">The file of the private key, where it is another one.</param>
    /// <param name="password">What the key is locked with; null for nothing.</param>
    /// <param name="others">The file's other certificates: those that lead to an authority.</param>
    /// <exception cref="CertificateInvalidException">That did not work.</exception>
    public static X509Certificate2 FromFile(string path, string? keyPath, string? password, out X509Certificate2Collection others)
    {
        others = [];
        try
        {
            if (!IsPem(path))
            {
                X509Certificate2 own = WithKey(new X509Certificate2(path, password), path);
                others.Import(path, password);
                RemoveOwn(others, own);
                return own;
            }

            others.ImportFromPemFile(path);

            using X509Certificate2 pem = password is null
                ? X509Certificate2.CreateFromPemFile(path, keyPath ?? path)
                : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath ?? path);

            RemoveOwn(others, pem);

            // The TLS of Windows cannot use a key that is in memory only.
            return WithKey(OperatingSystem.IsWindows() ? new X509Certificate2(pem.Export(X509ContentType.Pfx)) : new X509Certificate2(pem), path);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateInvalidException(path, exception.Message, exception);
        }
    }

    /// <summary>Finds a certificate with its private key in the user's or the machine's store.</summary>
    /// <exception cref="CertificateInvalidException">There is none.</exception>
    public static X509Certificate2 FromStore(string thumbprint)
    {
        foreach (StoreLocation location in new[] { StoreLocation.CurrentUser, StoreLocation.LocalMachine })
        {
            try
            {
                using X509Store store = new(StoreName.My, location, OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
                if (store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: false) is { Count: > 0 } found)
                {
                    return WithKey(found[0], thumbprint);
                }
            }
            catch (CryptographicException)
            {
                // There is no such store.
            }
        }

        throw new CertificateInvalidException(thumbprint, "no store 'My' of the user or the machine has it.");
    }

    /// <summary>Makes a certificate that nobody vouches for, for a year; clients know it by its hash.</summary>
    /// <param name="host">The name or address that clients use.</param>
    public static X509Certificate2 SelfSigned(string host)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + new string([.. host.Where(static letter => char.IsLetterOrDigit(letter) || letter is '.' or '-')]), key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 made = request.CreateSelfSigned(now - s_clockError, now + s_life);
        return OperatingSystem.IsWindows() ? new X509Certificate2(made.Export(X509ContentType.Pfx)) : made;
    }

    /// <summary>Reads the authorities of a PEM or DER file.</summary>
    /// <exception cref="CertificateInvalidException">That did not work.</exception>
    public static X509Certificate2Collection Authorities(string path)
    {
        try
        {
            X509Certificate2Collection found = [];
            if (IsPem(path))
            {
                found.ImportFromPemFile(path);
            }
            else
            {
                found.Add(new X509Certificate2(path));
            }

            return found.Count > 0 ? found : throw new CertificateInvalidException(path, "the file has none.");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateInvalidException(path, exception.Message, exception);
        }
    }

    private static void RemoveOwn(X509Certificate2Collection others, X509Certificate2 own)
    {
        foreach (X509Certificate2 same in others.Where(other => other.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span)).ToArray())
        {
            others.Remove(same);
        }
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, string name) =>
        certificate.HasPrivateKey ? certificate : throw new CertificateInvalidException(name, "it has no private key.");

    private static bool IsPem(string path) => File.ReadAllText(path).Contains("-----BEGIN ", StringComparison.Ordinal);
}
