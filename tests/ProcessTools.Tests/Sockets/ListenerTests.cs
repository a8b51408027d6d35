using System.Management.Automation;
using System.Net.Sockets;
using ProcessTools.Engine.Sockets;
using ProcessTools.Tests.Support;
using Xunit;

namespace ProcessTools.Tests.Sockets;

/// <summary>What listeners and those who connect to them are told.</summary>
[Trait("Platform", "portable")]
public sealed class ListenerTests : SocketTest
{
    [Fact]
    public void Nobody_who_connects_is_a_timeout()
    {
        ProcessListener listener = NewListener();
        Assert.Throws<ConnectionTimeoutException>(() => listener.Accept(0.05));
        Assert.False(listener.TryAccept(out ProcessPipeEnd? end));
        Assert.Null(end);
    }

    [Fact]
    public void A_listener_counts_and_names_those_who_connect()
    {
        ProcessListener listener = NewListener();
        ProcessPipeEnd client = Connect(listener.Address);
        Until.True(() => listener.PendingCount == 1, "the connection waits");
        ProcessPipeEnd server = Own(listener.Accept(60));
        Assert.Equal(0, listener.PendingCount);
        Assert.Equal(1, listener.AcceptedCount);
        Assert.Equal(listener.LastAccepted, server.PeerAddress);
        Assert.Equal(listener.Address, client.PeerAddress);
        Assert.StartsWith("tcp://127.0.0.1:", server.PeerAddress, StringComparison.Ordinal);
        Assert.NotEqual(client.Id, server.Id);
    }

    [Fact]
    public void Closing_a_listener_ends_its_waits_and_frees_its_address()
    {
        ProcessListener listener = NewListener();
        Background<ProcessPipeEnd> waiting = Background.Run(() => listener.Accept());
        Assert.False(waiting.EndsWithin(0.1));
        listener.Close();
        Assert.Throws<ListenerClosedException>(() => waiting.Result);
        Assert.True(listener.IsClosed);
        ProcessListener again = NewListener(listener.Address);
        Assert.Equal(listener.Address, again.Address);
    }

    [Fact]
    public void Connections_that_nobody_accepted_end_with_the_listener_and_accepted_ones_stay()
    {
        ProcessListener listener = NewListener();
        ProcessPipeEnd accepted = Connect(listener.Address);
        ProcessPipeEnd server = Own(listener.Accept(60));
        ProcessPipeEnd waiting = Connect(listener.Address);
        Until.True(() => listener.PendingCount == 1, "the connection waits");
        listener.Close();
        Assert.Throws<PipeClosedException>(() => waiting.Receive(60));
        server.Send("stays");
        Assert.Equal("stays", accepted.Receive(60));
    }

    [Theory]
    [InlineData("tcp://0.0.0.0:0")]
    [InlineData("tcp://*:0")]
    [InlineData("tcp://[::]:0")]
    [InlineData("tcp+tls://*:0 -SelfSigned")]
    public void Without_a_key_others_are_not_let_in(string address) =>
        AssertError<AuthKeyRequiredException>("AuthKeyRequired", ErrorCategory.SecurityError, $"New-ProcessListener {address}");

    [Fact]
    public void Without_a_key_a_path_must_be_in_a_folder_where_others_do_not_write()
    {
        using TempFolder folder = new();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("777", 8));
        AssertError<AuthKeyRequiredException>("AuthKeyRequired", ErrorCategory.SecurityError, "param($p) New-ProcessListener \"unix://$p/s\"", folder.Path);
        ProcessListener listener = NewListener($"unix://{folder.Path}/s", Key("k"));
        Assert.Equal($"unix://{folder.Path}/s", listener.Address);
    }

    [Fact]
    public void Only_its_user_can_connect_to_a_path_without_a_key()
    {
        using TempFolder folder = new();
        NewListener($"unix://{folder.Path}/s");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Path + "/s"));
    }

    [Fact]
    public void With_a_key_any_address_will_do()
    {
        ProcessListener listener = NewListener("tcp://*:0", Key("k"));
        Connect($"tcp://127.0.0.1:{PortOf(listener)}", Key("k")).Send(1);
        Assert.Equal(1, Own(listener.Accept(60)).Receive(60));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("tcp://127.0.0.1:99999")]
    [InlineData("tcp://:1")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("unix://")]
    [InlineData("tcp://::1:1")]
    [InlineData("tcp+tls://127.0.0.1:0")]
    [InlineData("tcp://127.0.0.1:0 -SelfSigned")]
    [InlineData("tcp://192.0.2.1:0 -AuthKey ([System.Net.NetworkCredential]::new('', 'k').SecurePassword)")]
    [InlineData("unix:///nowhere/at/all")]
    public void What_is_no_address_of_this_machine_is_refused(string address) =>
        AssertError<AddressInvalidException>("AddressInvalid", ErrorCategory.InvalidArgument, $"New-ProcessListener {address}");

    [Fact]
    public void An_address_that_is_in_use_is_refused()
    {
        ProcessListener listener = NewListener();
        AssertError<AddressInUseException>("AddressInUse", ErrorCategory.ResourceBusy, $"New-ProcessListener {listener.Address}");
        using TempFolder folder = new();
        NewListener($"unix://{folder.Path}/s");
        AssertError<AddressInUseException>("AddressInUse", ErrorCategory.ResourceBusy, $"New-ProcessListener unix://{folder.Path}/s");
    }

    [Fact]
    public void A_path_where_something_else_is_says_what()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere nothing tells a socket from a file.");
        using TempFolder folder = new();
        folder.Write("file", "");
        File.CreateSymbolicLink(folder.Path + "/link", folder.Path + "/nothing");
        Assert.Contains("it is a folder", Refusal("unix://" + folder.Path), StringComparison.Ordinal);
        Assert.Contains("a file that is no socket", Refusal($"unix://{folder.Path}/file"), StringComparison.Ordinal);
        Assert.Contains("a symbolic link to ", Refusal($"unix://{folder.Path}/link"), StringComparison.Ordinal);
        Assert.Contains("no folder ", Refusal($"unix://{folder.Path}/none/s"), StringComparison.Ordinal);
        Assert.True(File.Exists(folder.Path + "/file"));

        string Refusal(string address) => Assert.IsType<AddressInvalidException>(ErrorOf(Assert.Single(Shell.TryRun($"New-ProcessListener {address}").Errors))).Message;
    }

    [Fact]
    public void Closing_a_listener_leaves_the_file_of_another_that_has_taken_its_path()
    {
        Assert.SkipUnless(Engine.Platform.PlatformServices.Current.FindFileIdentity("/") is not null, "On this platform nothing tells one file of a path from the next.");
        using TempFolder folder = new();
        string path = folder.Path + "/s";
        ProcessListener first = NewListener("unix://" + path);
        File.Delete(path);
        ProcessListener second = NewListener("unix://" + path);
        first.Close();
        Connect("unix://" + path).Send(1);
        Assert.Equal(1, Own(second.Accept(60)).Receive(60));
        second.Close();
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("New-ProcessListener tcp://*:0")]
    [InlineData("New-ProcessListener tcp://127.0.0.1:0")]
    [InlineData("Connect-ProcessPipe tcp://127.0.0.1:1")]
    public void An_empty_key_is_none(string command) =>
        AssertError<AuthKeyInvalidException>("AuthKeyInvalid", ErrorCategory.InvalidArgument, command + " -AuthKey ([securestring]::new())");

    [Fact]
    public void A_time_in_which_no_client_could_show_its_key_is_refused() =>
        Assert.StartsWith("ParameterArgumentValidationError", Assert.Single(Shell.TryRun("New-ProcessListener tcp://127.0.0.1:0 -HandshakeTimeoutSeconds 0").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);

    [Fact]
    public void Clients_of_a_path_wait_where_the_listener_has_no_room()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a full unix socket refuses as if nobody listened.");
        using TempFolder folder = new();
        ProcessListener listener = NewListener($"unix://{folder.Path}/s -Backlog 5");
        Background<Engine.Pipes.SocketPipeEnd>[] clients = [.. Enumerable.Range(0, 30).Select(_ => Background.Run(() => SocketConnector.Connect(SocketAddress.Parse(listener.Address, "/"), new ConnectOptions { Timeout = TimeSpan.FromSeconds(60) }, default)))];
        Until.True(() => listener.PendingCount == 5, "as many wait as may");
        foreach (Background<Engine.Pipes.SocketPipeEnd> _ in clients)
        {
            Own(listener.Accept(60));
        }

        Assert.All(clients, client => Own(client.Result));
    }

    [Fact]
    public void A_host_name_that_nobody_knows_of_in_time_is_a_timeout_and_the_wait_can_be_ended()
    {
        using ManualResetEventSlim isOver = new();
        ConnectOptions options = new()
        {
            Timeout = TimeSpan.FromSeconds(0.3),
            Lookup = _ =>
            {
                isOver.Wait();
                return [];
            },
        };
        SocketAddress address = SocketAddress.Parse("tcp://some.invalid:1", "/");
        Assert.Throws<ConnectionTimeoutException>(() => SocketConnector.Connect(address, options, default));
        using CancellationTokenSource source = new();
        Background<Engine.Pipes.SocketPipeEnd> waiting = Background.Run(() => SocketConnector.Connect(address, options with { Timeout = Timeout.InfiniteTimeSpan }, source.Token));
        Assert.False(waiting.EndsWithin(0.2));
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => waiting.Result);
        isOver.Set();
    }

    [Fact]
    public void The_file_of_a_killed_listener_is_replaced_and_that_of_a_closed_one_is_gone()
    {
        using TempFolder folder = new();
        string path = folder.Path + "/s";
        using (Socket killed = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(path));
            killed.Listen();
            File.Move(path, path + "-kept");
        }

        File.Move(path + "-kept", path);
        Assert.True(File.Exists(path));
        ProcessListener listener = NewListener($"unix://{path}");
        Connect(listener.Address).Send(1);
        Assert.Equal(1, Own(listener.Accept(60)).Receive(60));
        listener.Close();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Nobody_who_listens_is_said_at_once()
    {
        ProcessListener listener = NewListener();
        listener.Close();
        AssertError<ConnectionRefusedException>("ConnectionRefused", ErrorCategory.ConnectionError, $"Connect-ProcessPipe {listener.Address}");
        AssertError<ConnectionRefusedException>("ConnectionRefused", ErrorCategory.ConnectionError, "Connect-ProcessPipe unix:///nowhere/at/all");
        AssertError<ConnectionTimeoutException>("ConnectionTimeout", ErrorCategory.OperationTimeout, $"Connect-ProcessPipe {listener.Address} -Wait -TimeoutSeconds 0.2");
    }

    [Fact]
    public void One_who_waits_connects_as_soon_as_somebody_listens()
    {
        ProcessListener first = NewListener();
        string address = first.Address;
        first.Close();
        Background<ProcessPipeEnd> waiting = Background.Run(() => Connect(address, null, "-Wait -TimeoutSeconds 60"));
        Assert.False(waiting.EndsWithin(0.2));
        using ShellSession other = new();
        ProcessListener listener = Own((ProcessListener)Assert.Single(other.Run($"New-ProcessListener {address}"))!.BaseObject);
        Own(listener.Accept(60)).Send("there");
        Assert.Equal("there", waiting.Result.Receive(60));
    }

    [Fact]
    public void One_who_accepts_and_says_nothing_has_no_key()
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        silent.Listen();
        foreach (string address in new[] { $"tcp://{silent.LocalEndPoint}", NewListener().Address })
        {
            AssertError<AuthenticationFailedException>(
                "AuthenticationFailed", ErrorCategory.AuthenticationError, "param($a, $k) Connect-ProcessPipe $a -AuthKey $k -TimeoutSeconds 0.2", address, Key("k"));
        }

        // Before that it agrees on encryption, which is no matter of keys.
        AssertError<ConnectionTimeoutException>(
            "ConnectionTimeout", ErrorCategory.OperationTimeout, "param($a, $k) Connect-ProcessPipe $a -AuthKey $k -TimeoutSeconds 0.2", $"tcp+tls://{silent.LocalEndPoint}", Key("k"));
    }

    [Fact]
    public void Different_keys_are_told_to_both_sides()
    {
        ProcessListener listener = NewListener(key: Key("right"));
        AssertError<AuthenticationFailedException>("AuthenticationFailed", ErrorCategory.AuthenticationError, "param($a, $k) Connect-ProcessPipe $a -AuthKey $k", listener.Address, Key("wrong"));
        AwaitLog(listener, 1);
        Assert.Contains("key", Assert.Single(listener.Log).Reason, StringComparison.Ordinal);
        Assert.Equal(0, listener.PendingCount);
    }

    [Fact]
    public void A_client_without_a_key_learns_that_it_needs_one()
    {
        ProcessListener listener = NewListener(key: Key("right"));
        ProcessPipeEnd client = Connect(listener.Address);
        InvalidDataFrameException error = Assert.Throws<InvalidDataFrameException>(() => client.Receive(60));
        Assert.Contains("-AuthKey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_is_checked()
    {
        ProcessListener listener = NewListener("tcp+tls://127.0.0.1:0 -SelfSigned", Key("k"));
        AssertError<TlsFailedException>("TlsFailed", ErrorCategory.SecurityError, $"Connect-ProcessPipe {listener.Address}");
        AssertError<TlsFailedException>("TlsFailed", ErrorCategory.SecurityError, $"Connect-ProcessPipe {listener.Address} -CertificateHash {new string('0', 64)}");
        AssertError<TlsFailedException>("TlsFailed", ErrorCategory.SecurityError, $"Connect-ProcessPipe {NewListener(key: Key("k")).Address.Replace("tcp:", "tcp+tls:", StringComparison.Ordinal)} -TimeoutSeconds 60");
        Connect(listener.Address, Key("k"), $"-CertificateHash {listener.CertificateHash}").Send(1);
        Assert.Equal(1, Own(listener.Accept(60)).Receive(60));
    }

    [Theory]
    [InlineData("pfx")]
    [InlineData("pem")]
    public void A_certificate_comes_from_a_file_and_its_authority_is_trusted(string kind)
    {
        using TempFolder folder = new();
        string made = kind == "pfx"
            ? "[System.IO.File]::WriteAllBytes(\"$f/c\", $c.Export('Pfx', 'pw'))"
            : "[System.IO.File]::WriteAllText(\"$f/c\", $c.ExportCertificatePem() + [char] 10 + $k.ExportPkcs8PrivateKeyPem())";
        Shell.Run(
            $$"""
            param($f)
            $k = [System.Security.Cryptography.ECDsa]::Create()
            $r = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=localhost', $k, 'SHA256')
            $n = [System.Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
            $n.AddDnsName('localhost')
            $r.CertificateExtensions.Add($n.Build())
            $c = $r.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
            {{made}}
            [System.IO.File]::WriteAllText("$f/ca", $c.ExportCertificatePem())
            """,
            folder.Path);
        string password = kind == "pfx" ? " -CertificatePassword ([System.Net.NetworkCredential]::new('', 'pw').SecurePassword)" : "";
        ProcessListener listener = NewListener($"tcp+tls://localhost:0 -CertificatePath {folder.Path}/c{password}", Key("k"));
        int port = PortOf(listener);
        AssertError<TlsFailedException>("TlsFailed", ErrorCategory.SecurityError, $"Connect-ProcessPipe tcp+tls://127.0.0.1:{port} -CertificateAuthorityPath {folder.Path}/ca");
        Connect(listener.Address, Key("k"), $"-CertificateAuthorityPath {folder.Path}/ca").Send(1);
        Assert.Equal(1, Own(listener.Accept(60)).Receive(60));
    }

    [Fact]
    public void A_certificate_that_is_none_is_refused()
    {
        using TempFolder folder = new();
        folder.Write("c", "nothing");
        AssertError<CertificateInvalidException>("CertificateInvalid", ErrorCategory.InvalidArgument, $"New-ProcessListener tcp+tls://127.0.0.1:0 -CertificatePath {folder.Path}/c");
        AssertError<CertificateInvalidException>("CertificateInvalid", ErrorCategory.InvalidArgument, $"New-ProcessListener tcp+tls://127.0.0.1:0 -CertificateThumbprint {new string('A', 40)}");
    }

    [Fact]
    public void A_peer_that_is_gone_without_a_word_is_asked_for()
    {
        ProcessListener listener = NewListener("tcp://127.0.0.1:0 -KeepAliveSeconds 8");
        ProcessPipeEnd client = Connect(listener.Address, null, "-KeepAliveSeconds 8");
        foreach (ProcessPipeEnd end in new[] { client, Own(listener.Accept(60)) })
        {
            Socket socket = ((Engine.Pipes.SocketPipeEnd)end).Line.Socket;
            Assert.Equal(1, Convert.ToInt32(socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive), null));
            Assert.Equal(8, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
            Assert.Equal(2, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
            Assert.Equal(4, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));
            if (OperatingSystem.IsLinux())
            {
                // It would end connections too whose other side lives and has no room.
                byte[] userTimeout = new byte[sizeof(int)];
                socket.GetRawSocketOption((int)ProtocolType.Tcp, 18, userTimeout);
                Assert.Equal(0, BitConverter.ToInt32(userTimeout));
            }
        }
    }

    [Fact]
    public void WhatIf_listens_nowhere() => Assert.Empty(All("New-ProcessListener tcp://127.0.0.1:0 -WhatIf"));
}
