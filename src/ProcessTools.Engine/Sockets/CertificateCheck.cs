using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProcessTools.Engine.Sockets;

/// <summary>A client's check of a server's certificate: by its hash, by an authority of the user's, or by the system's authorities. There is no way to check nothing.</summary>
internal sealed class CertificateCheck(ConnectOptions options)
{
    /// <summary>Why the certificate was refused; null when it was not.</summary>
    public string? Fault { get; private set; }

    /// <summary>Checks a certificate.</summary>
    /// <param name="certificate">The listener's certificate.</param>
    /// <param name="sent">What the system made of it and the others that the listener sent.</param>
    /// <param name="errors">What the system says against it.</param>
    public bool IsTrusted(X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        Fault = certificate is null ? "the listener has no certificate." : FindFault(certificate, sent, errors);
        return Fault is null;
    }

    private string? FindFault(X509Certificate2 certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (options.CertificateHash is { } expected)
        {
            string hash = certificate.GetCertHashString(HashAlgorithmName.SHA256);
            return string.Equals(hash, Normalize(expected), StringComparison.OrdinalIgnoreCase)
                ? null
                : $"the listener's certificate has the hash {hash}, not the one of -CertificateHash. If it was replaced on purpose, take the new hash.";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the listener's certificate is for '{certificate.GetNameInfo(X509NameType.DnsName, false)}'. Connect by that name, or give its -CertificateHash.";
        }

        if (options.Authorities is not { } authorities)
        {
            return errors == SslPolicyErrors.None ? null : $"no authority that this system trusts vouches for the listener's certificate. Give its -CertificateHash ({certificate.GetCertHashString(HashAlgorithmName.SHA256)}) if you know it to be right, or -CertificateAuthorityPath.";
        }

        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(Certificates.ServerAuthentication));
        if (sent is not null)
        {
            // Steps on the way to an authority, which are not trusted for themselves.
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            foreach (X509ChainElement element in sent.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        return chain.Build(certificate) ? null : $"the authority of -CertificateAuthorityPath does not vouch for it: {string.Join(' ', chain.ChainStatus.Select(static status => status.StatusInformation.Trim()))}";
    }

    private static string Normalize(string hash) => hash.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
}
