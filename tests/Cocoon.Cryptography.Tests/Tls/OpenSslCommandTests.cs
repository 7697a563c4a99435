using System.Diagnostics;
using System.Formats.Asn1;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Cryptography.Tls;

namespace Cocoon.Cryptography.Tests.Tls;

/// <summary>Against the openssl command over a socket: a peer that none of this code is part of.</summary>
public sealed class OpenSslCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TlsPeer _ours = new();
    private readonly TlsPeer _theirs = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("cocoon-tls").FullName;

    public OpenSslCommandTests()
    {
        var seed = new byte[32];
        _theirs.Key.ExportSeed(seed);
        var pkcs8 = new AsnWriter(AsnEncodingRules.DER);
        using (pkcs8.PushSequence())
        {
            pkcs8.WriteInteger(0);
            using (pkcs8.PushSequence()) pkcs8.WriteObjectIdentifier("1.3.101.112");
            using (pkcs8.PushOctetString()) pkcs8.WriteOctetString(seed);
        }
        File.WriteAllText(PathOf("key.pem"), PemEncoding.WriteString("PRIVATE KEY", pkcs8.Encode()));
        File.WriteAllText(PathOf("certificate.pem"), PemEncoding.WriteString("CERTIFICATE", _theirs.Certificate));
        File.WriteAllText(PathOf("other.pem"), PemEncoding.WriteString("CERTIFICATE", _ours.Certificate));
    }

    [OpenSslFact]
    public async Task Its_client_talks_with_our_server()
    {
        using var listener = Listen(out var port);
        using var command = Start($"s_client -connect 127.0.0.1:{port} -tls1_3 -quiet -cert {PathOf("certificate.pem")} -key {PathOf("key.pem")}");
        await using var server = await AcceptAsync(listener);
        server.PeerPublicKey.ShouldBe(_theirs.Key.PublicKey);
        await TalkAsync(server, command);
    }

    [OpenSslFact]
    public async Task Our_client_talks_with_its_server()
    {
        using var command = Start($"s_server -accept 127.0.0.1:0 -tls1_3 -Verify 0 -cert {PathOf("certificate.pem")} -key {PathOf("key.pem")}");
        var port = int.Parse((await UntilLineAsync(command, "ACCEPT 127.0.0.1:"))[17..], CultureInfo.InvariantCulture);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var client = await _ours.DialAsync(Transport(socket)).WaitAsync(Patience);
        client.PeerPublicKey.ShouldBe(_theirs.Key.PublicKey);
        await TalkAsync(client, command);
    }

    [OpenSslFact]
    public async Task A_chain_of_two_certificates_is_refused()
    {
        using var listener = Listen(out var port);
        using var command = Start(
            $"s_client -connect 127.0.0.1:{port} -tls1_3 -quiet -cert {PathOf("certificate.pem")} -key {PathOf("key.pem")} -cert_chain {PathOf("other.pem")}");
        (await Should.ThrowAsync<TlsException>(AcceptAsync(listener))).Message.ShouldContain("2 certificates were presented");
    }

    [OpenSslFact]
    public async Task The_suites_are_offered_in_the_networks_order_without_a_name_or_a_ticket()
    {
        using var command = Start($"s_server -accept 127.0.0.1:0 -tls1_3 -Verify 0 -tlsextdebug -cert {PathOf("certificate.pem")} -key {PathOf("key.pem")}");
        var port = int.Parse((await UntilLineAsync(command, "ACCEPT 127.0.0.1:"))[17..], CultureInfo.InvariantCulture);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var client = await _ours.DialAsync(Transport(socket)).WaitAsync(Patience);
        await client.DisposeAsync();
        var seen = new StringBuilder();
        while (await LineAsync(command) is { } line && line != "DONE" && !line.StartsWith("ACCEPT", StringComparison.Ordinal))
            seen.AppendLine(line);

        var text = seen.ToString();
        text.ShouldContain("Shared ciphers:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384" + Environment.NewLine);
        text.ShouldContain("Signature Algorithms: ed25519" + Environment.NewLine, Case.Insensitive);
        text.ShouldNotContain("TLS client extension \"server name\"");
        text.ShouldNotContain("TLS client extension \"session ticket\"");
    }

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task TalkAsync(TlsConnection connection, Running command)
    {
        await connection.Output.WriteAsync("from us\n"u8.ToArray());
        await UntilLineAsync(command, "from us");
        await command.StandardInput.WriteLineAsync("from them");
        await command.StandardInput.FlushAsync();
        var received = await connection.Input.ReadAtLeastAsync(10).AsTask().WaitAsync(Patience);
        Encoding.ASCII.GetString(received.Buffer).ShouldBe("from them\n");
        connection.Input.AdvanceTo(received.Buffer.End);
    }

    private async Task<TlsConnection> AcceptAsync(TcpListener listener)
    {
        var socket = await listener.AcceptTcpClientAsync().WaitAsync(Patience);
        return await _ours.ServeAsync(Transport(socket)).WaitAsync(Patience);
    }

    private static async Task<string?> LineAsync(Running command) =>
        await command.StandardOutput.ReadLineAsync().WaitAsync(Patience);

    private static async Task<string> UntilLineAsync(Running command, string start)
    {
        while (true)
        {
            var line = await LineAsync(command);
            line.ShouldNotBeNull($"openssl ended before it said {start}");
            if (line.StartsWith(start, StringComparison.Ordinal)) return line;
        }
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }

    private static StreamTransport Transport(TcpClient socket) =>
        new(PipeReader.Create(socket.GetStream()), PipeWriter.Create(socket.GetStream()));

    private static Running Start(string arguments) => new(arguments);

    private sealed record StreamTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Running : IDisposable
    {
        private readonly Process _process;

        public Running(string arguments)
        {
            _process = Process.Start(new ProcessStartInfo("openssl", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            _process.BeginErrorReadLine();
        }

        public StreamReader StandardOutput => _process.StandardOutput;

        public StreamWriter StandardInput => _process.StandardInput;

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
