using System.Management.Automation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>Certificates for which an authority vouches by way of another one.</summary>
public sealed class CertificateChainTests : SocketTest
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    [Theory]
    [InlineData("pem")]
    [InlineData("pfx")]
    public void A_client_that_knows_the_root_trusts_a_listener_that_sends_what_is_between(string kind)
    {
        using TempFolder folder = new();
        WriteChain(folder, ForServers);
        ProcessListener listener = NewListener($"tcp+tls://localhost:0 -CertificatePath {folder.Path}/full.{kind}", Key("k"));
        Connect(listener.Address, Key("k"), $"-CertificateAuthorityPath {folder.Path}/root.pem").Send(1);
        Assert.Equal(1, Own(listener.Accept(60)).Receive(60));
    }

    [Fact]
    public void Without_what_is_between_a_listener_is_not_trusted()
    {
        using TempFolder folder = new();
        WriteChain(folder, ForServers);
        ProcessListener listener = NewListener($"tcp+tls://localhost:0 -CertificatePath {folder.Path}/leaf.pem", Key("k"));
        AssertRefused(listener, folder);
    }

    [Fact]
    public void A_certificate_for_clients_only_is_no_listeners()
    {
        using TempFolder folder = new();
        WriteChain(folder, ForClients);
        ProcessListener listener = NewListener($"tcp+tls://localhost:0 -CertificatePath {folder.Path}/full.pem", Key("k"));
        AssertRefused(listener, folder);
    }

    private void AssertRefused(ProcessListener listener, TempFolder folder) =>
        AssertError<TlsFailedException>("TlsFailed", ErrorCategory.SecurityError, $"Connect-ProcessPipe tcp+tls://localhost:{PortOf(listener)} -CertificateAuthorityPath {folder.Path}/root.pem");

    private static void WriteChain(TempFolder folder, string purpose)
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1);
        DateTimeOffset until = from.AddDays(2);
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = Authority("CN=root", rootKey).CreateSelfSigned(from, until);
        using ECDsa betweenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 bare = Authority("CN=between", betweenKey).Create(root, from, until, [1]);
        using X509Certificate2 between = bare.CopyWithPrivateKey(betweenKey);
        using ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", leafKey, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using X509Certificate2 leaf = request.Create(between, from, until, [2]);
        using X509Certificate2 own = leaf.CopyWithPrivateKey(leafKey);
        string ownPem = leaf.ExportCertificatePem() + "\n" + leafKey.ExportPkcs8PrivateKeyPem() + "\n";
        folder.Write("root.pem", root.ExportCertificatePem());
        folder.Write("leaf.pem", ownPem);
        folder.Write("full.pem", ownPem + bare.ExportCertificatePem());
        File.WriteAllBytes(folder.Path + "/full.pfx", new X509Certificate2Collection { own, bare }.Export(X509ContentType.Pfx)!);
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }
}
