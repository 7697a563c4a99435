using System.Buffers;
using System.Threading.Channels;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Sources;
using Cocoon.Cryptography;
using Cocoon.Cryptography.Tls;
using Cocoon.Testing;
using Microsoft.Extensions.Logging;

namespace Cocoon.Attestation.Tests;

public sealed class AttestedTlsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task An_attested_server_and_a_plain_client_meet()
    {
        using var server = Make("fake_tdx", "any");
        using var client = Make("none", "fake_tdx");
        var (served, dialled) = await ConnectAsync(server, client);
        await using var _ = served;
        await using var __ = dialled;

        dialled.Peer.Kind.ShouldBe(EvidenceKind.FakeTdx);
        dialled.Peer.ImageHash.ShouldBe(TeeMeasurements.ZeroTdx.ImageHash);
        dialled.Peer.Quote.ToArray().ShouldBe(TeeMeasurements.ReportDataOf(dialled.Peer.PublicKey));
        served.Peer.Kind.ShouldBe(EvidenceKind.None);
        served.Peer.ImageHash.ShouldBe(Bits256.Zero);
        served.Peer.PublicKey.ShouldNotBe(dialled.Peer.PublicKey);
    }

    [Fact]
    public async Task Bytes_pass_both_ways_and_both_ends_export_the_same()
    {
        using var server = Make("fake_tdx", "fake_tdx");
        using var client = Make("fake_tdx", "fake_tdx");
        var (served, dialled) = await ConnectAsync(server, client);
        await using var _ = served;
        await using var __ = dialled;

        await dialled.Output.WriteAsync("question"u8.ToArray());
        await served.Output.WriteAsync("response"u8.ToArray());
        (await served.Input.ReadAtLeastAsync(8).AsTask().WaitAsync(Patience)).Buffer.ToArray().ShouldBe("question"u8.ToArray());
        (await dialled.Input.ReadAtLeastAsync(8).AsTask().WaitAsync(Patience)).Buffer.ToArray().ShouldBe("response"u8.ToArray());

        var one = new byte[32];
        var two = new byte[32];
        served.ExportKeyingMaterial("EXPORTER-cocoon", [1], one);
        dialled.ExportKeyingMaterial("EXPORTER-cocoon", [1], two);
        one.ShouldBe(two);
    }

    [Fact]
    public async Task A_server_without_evidence_is_refused_by_a_client_that_demands_it()
    {
        using var server = Make("none", "any");
        using var client = Make("none", "fake_tdx");
        var (serving, dialling) = Start(server, client);
        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).Message.ShouldContain(
            "policy 'fake_tdx': quote check: the certificate carries no quote");
        await EndsAsync(serving);
    }

    [Fact]
    public async Task A_client_without_evidence_is_refused_by_a_server_that_demands_it()
    {
        using var server = Make("fake_tdx", "fake_tdx");
        using var client = Make("none", "fake_tdx");
        var (serving, dialling) = Start(server, client);
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldContain("policy 'fake_tdx': quote check");
        await EndsAsync(dialling);
    }

    [Fact]
    public async Task An_image_that_is_not_listed_is_refused()
    {
        using var server = Make("fake_tdx", "any");
        using var client = Make(new NoEvidenceSource(), new FakeTdxPolicy(new ImageAllowList([Bits256.Sha256("released image"u8)])));
        var (serving, dialling) = Start(server, client);
        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).Message.ShouldContain("image check: found image 5c55c8f4db4010ba");
        await EndsAsync(serving);
    }

    [Fact]
    public async Task Negative_evidence_for_another_key_ends_the_handshake()
    {
        var stolen = new DelegatedSource((_, _) => new(TeeMeasurements.ReportDataOf(new Ed25519PublicKey(Bits256.Sha256("victim"u8)))));
        using var server = Make(stolen, new AnyPolicy());
        using var client = Make("none", "fake_tdx");
        var (serving, dialling) = Start(server, client);
        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).Message.ShouldContain("key binding check");
        await EndsAsync(serving);
    }

    [Fact]
    public async Task Negative_expired_certificate_of_a_peer_ends_the_handshake()
    {
        var late = new ManualTimeProvider(_time.GetUtcNow().AddDays(2));
        using var server = Make("fake_tdx", "any");
        using var client = Make("none", "fake_tdx", late);
        var (serving, dialling) = Start(server, client);
        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).Message.ShouldContain("validity check: the certificate ended at");
        await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience));
    }

    [Fact]
    public async Task Clocks_that_differ_by_a_minute_do_not_matter()
    {
        var early = new ManualTimeProvider(_time.GetUtcNow().AddMinutes(-1));
        using var server = Make("fake_tdx", "any");
        using var client = Make("none", "fake_tdx", early);
        var (served, dialled) = await ConnectAsync(server, client);
        await served.DisposeAsync();
        await dialled.DisposeAsync();
    }

    [Fact]
    public async Task A_certificate_of_the_wrong_role_is_refused()
    {
        using var key = Ed25519PrivateKey.Generate();
        byte[] clientOnly = [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
        var forged = new Tests.Certificates.CertificateForge().Without("2.5.29.37").With("2.5.29.37", true, clientOnly).Make(key);
        var pair = new DuplexPipePair();
        var options = new TlsOptions { CertificateDer = forged, Key = key, VerifyPeer = _ => null };
        var serving = TlsConnection.AuthenticateAsServerAsync(pair.Left, options, default);
        using var client = Make("none", "any");
        (await Should.ThrowAsync<TlsException>(client.AuthenticateAsClientAsync(pair.Right, default).WaitAsync(Patience)))
            .Message.ShouldContain("usage check: the certificate is not for servers");
        await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_version_1_certificate_with_extensions_is_accepted_in_a_handshake()
    {
        using var key = Ed25519PrivateKey.Generate();
        var forge = new Tests.Certificates.CertificateForge { Version = null }
            .With("1.3.6.1.4.1.12345.1", true, TeeMeasurements.ReportDataOf(key.PublicKey));
        var pair = new DuplexPipePair();
        var options = new TlsOptions { CertificateDer = forge.Make(key), Key = key, VerifyPeer = _ => null };
        var serving = TlsConnection.AuthenticateAsServerAsync(pair.Left, options, default);
        using var client = Make("none", "fake_tdx");
        await using var dialled = await client.AuthenticateAsClientAsync(pair.Right, default).WaitAsync(Patience);
        await using var served = await serving.WaitAsync(Patience);
        dialled.Peer.PublicKey.ShouldBe(key.PublicKey);
        dialled.Peer.Kind.ShouldBe(EvidenceKind.FakeTdx);
    }

    [Fact]
    public async Task A_certificate_is_kept_for_half_its_lifetime_and_then_made_anew()
    {
        using var server = Make("fake_tdx", "any");
        using var client = Make("none", "any");
        var first = await KeyOfServerAsync(server, client);
        _time.Advance(TimeSpan.FromHours(11));
        (await KeyOfServerAsync(server, client)).ShouldBe(first);
        _time.Advance(TimeSpan.FromHours(1));
        await RenewedAsync(server, client, first);
        for (var day = 0; day < 10; day++)
        {
            _time.Advance(TimeSpan.FromDays(1));
            await KeyOfServerAsync(server, client);
        }
    }

    [Fact]
    public async Task While_a_certificate_is_renewed_the_old_one_serves()
    {
        var renewing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        go.SetResult();
        var source = new DelegatedSource(async (reportData, _) =>
        {
            renewing.TrySetResult();
            await go.Task;
            return reportData;
        });
        using var server = Make(source, new AnyPolicy());
        using var client = Make("none", "fake_tdx");
        var first = await KeyOfServerAsync(server, client);

        _time.Advance(TimeSpan.FromHours(13));
        renewing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (await KeyOfServerAsync(server, client)).ShouldBe(first);
        await renewing.Task.WaitAsync(Patience);
        (await KeyOfServerAsync(server, client)).ShouldBe(first);
        go.SetResult();
        await RenewedAsync(server, client, first);
    }

    [Fact]
    public async Task Connections_outlive_the_certificates_they_were_made_with()
    {
        using var server = Make("fake_tdx", "any");
        using var client = Make("none", "fake_tdx");
        var (served, dialled) = await ConnectAsync(server, client);
        await using var _ = served;
        await using var __ = dialled;
        var key = dialled.Peer.PublicKey;
        // The first renewal keeps the former key, the second wipes it.
        for (var renewal = 0; renewal < 3; renewal++)
        {
            _time.Advance(TimeSpan.FromHours(13));
            key = await RenewedAsync(server, client, key);
        }
        await served.Output.WriteAsync("still here"u8.ToArray());
        (await dialled.Input.ReadAtLeastAsync(10).AsTask().WaitAsync(Patience)).Buffer.ToArray().ShouldBe("still here"u8.ToArray());
    }

    [Fact]
    public async Task A_renewal_that_fails_leaves_the_old_certificate_in_use_until_it_ends()
    {
        var failing = false;
        var source = new DelegatedSource((reportData, _) => failing
            ? throw new AttestationException("The quoting service is away.")
            : new(reportData));
        var log = new WarningLog();
        using var server = new AttestedTls(source, new AnyPolicy(), new AttestedTlsOptions(), _time, log);
        using var client = Make("none", "fake_tdx");
        var first = await KeyOfServerAsync(server, client);

        failing = true;
        _time.Advance(TimeSpan.FromHours(20));
        (await KeyOfServerAsync(server, client)).ShouldBe(first);
        (await log.NextAsync()).ShouldContain("for 4.0 hours more; connections after 60 seconds try again");
        _time.Advance(TimeSpan.FromHours(4));
        var pair = new DuplexPipePair();
        (await Should.ThrowAsync<AttestationException>(server.AuthenticateAsServerAsync(pair.Left, default).WaitAsync(Patience)))
            .Message.ShouldBe("The quoting service is away.");
        (await pair.Right.Input.ReadAsync()).IsCompleted.ShouldBeTrue();

        failing = false;
        (await KeyOfServerAsync(server, client)).ShouldNotBe(first);
    }

    [Fact]
    public async Task A_quote_that_never_comes_is_given_up()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new DelegatedSource((_, _) =>
        {
            asked.SetResult();
            return new(new TaskCompletionSource<ReadOnlyMemory<byte>>().Task);
        });
        using var server = Make(source, new AnyPolicy());
        var serving = server.AuthenticateAsServerAsync(new DuplexPipePair().Left, default);
        await asked.Task.WaitAsync(Patience);
        await _time.UntilTimerWithinAsync(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        (await Should.ThrowAsync<AttestationException>(serving.WaitAsync(Patience))).Message.ShouldContain("made no quote within 60 seconds");
    }

    [Fact]
    public async Task A_peer_is_judged_again_when_its_evidence_ends_and_every_day_and_loses_its_connection_when_it_is_refused()
    {
        var policy = new AgingPolicy { ValidFor = TimeSpan.FromHours(30) };
        using var server = Make("fake_tdx", "any");
        using var client = Make(new NoEvidenceSource(), policy);
        policy.Time = _time;
        var (served, dialled) = await ConnectAsync(server, client);
        await using var _ = served;
        await using var __ = dialled;
        await policy.NextAsync();

        // A day, and then the six hours that are left; a minute where nothing is.
        foreach (var (hours, validFor) in new[] { (24, TimeSpan.FromHours(6)), (6, TimeSpan.Zero) })
        {
            policy.ValidFor = validFor;
            await _time.UntilTimerWithinAsync(TimeSpan.FromHours(hours));
            _time.Advance(TimeSpan.FromHours(hours));
            await policy.NextAsync();
        }
        await served.Output.WriteAsync("still here"u8.ToArray());
        var read = await dialled.Input.ReadAtLeastAsync(10).AsTask().WaitAsync(Patience);
        dialled.Input.AdvanceTo(read.Buffer.End);

        policy.Refusal = "TCB status check: found Revoked, wanted UpToDate.";
        await _time.UntilTimerWithinAsync(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        (await Should.ThrowAsync<TlsException>(dialled.Input.ReadAsync().AsTask().WaitAsync(Patience))).Message.ShouldBe(
            "The peer's evidence holds no longer: policy 'aging': TCB status check: found Revoked, wanted UpToDate.");
        // The transport ends under the other side, which may find a record cut off.
        (await served.Input.ReadAsync().AsTask().WaitAsync(Patience)).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task First_connections_at_once_share_one_certificate()
    {
        var made = 0;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new DelegatedSource(async (reportData, _) =>
        {
            Interlocked.Increment(ref made);
            await go.Task;
            return reportData;
        });
        using var server = Make(source, new AnyPolicy());
        using var client = Make("none", "fake_tdx");
        var keys = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => KeyOfServerAsync(server, client)));
        go.SetResult();
        (await keys.WaitAsync(Patience)).Distinct().Count().ShouldBe(1);
        made.ShouldBe(1);
    }

    [Fact]
    public async Task A_quote_too_large_for_a_certificate_is_refused_before_it_is_sent()
    {
        var source = new DelegatedSource((_, _) => new(new byte[AttestedCertificate.MaxQuoteSize + 1]));
        using var server = Make(source, new AnyPolicy());
        (await Should.ThrowAsync<AttestationException>(server.AuthenticateAsServerAsync(new DuplexPipePair().Left, default)))
            .Message.ShouldContain("made a quote of 32769 bytes, wanted at most 32768");
    }

    [Fact]
    public async Task A_policy_that_throws_refuses_the_peer()
    {
        using var server = Make("fake_tdx", "any");
        using var client = Make(new NoEvidenceSource(), new ThrowingPolicy());
        var (serving, dialling) = Start(server, client);
        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).InnerException.ShouldBeOfType<InvalidOperationException>();
        await EndsAsync(serving);
    }

    [Fact]
    public async Task A_policy_that_takes_too_long_refuses_the_peer_and_is_told_to_stop()
    {
        var policy = new SlowPolicy();
        using var server = Make("fake_tdx", "any");
        using var client = Make(new NoEvidenceSource(), policy);
        var (serving, dialling) = Start(server, client);
        var token = await policy.Asked.Task.WaitAsync(Patience);
        // The clock may only run once the other side's half of the handshake is over, whose time is bounded too.
        await serving.WaitAsync(Patience);
        while (!dialling.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }
        (await Should.ThrowAsync<TlsException>(dialling)).Message.ShouldContain("policy 'slow': time check: it gave no verdict within 10 seconds.");
        token.IsCancellationRequested.ShouldBeTrue();
        await EndsAsync(serving);
    }

    [Fact]
    public async Task Nothing_of_a_connection_is_handed_out_before_its_policy_has_spoken()
    {
        var policy = new SlowPolicy();
        using var server = Make(new NoEvidenceSource(), policy);
        using var client = Make("none", "any");
        var (serving, dialling) = Start(server, client);
        await using var dialled = await dialling.WaitAsync(Patience);
        await dialled.Output.WriteAsync("early"u8.ToArray());
        await policy.Asked.Task.WaitAsync(Patience);
        serving.IsCompleted.ShouldBeFalse();
        policy.Verdict.SetResult(PolicyVerdict.Refuse("test check: no."));
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldBe("The peer's certificate was refused: policy 'slow': test check: no.");
    }

    [Fact]
    public async Task A_silent_peer_is_given_up_by_the_injected_clock()
    {
        using var server = Make("fake_tdx", "any");
        var serving = server.AuthenticateAsServerAsync(new DuplexPipePair().Left, default);
        _time.Advance(TimeSpan.FromSeconds(10));
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldContain("within 10 seconds");
    }

    [Theory]
    [InlineData(5, 2, 10)]
    [InlineData(50_000, 2, 10)]
    [InlineData(60, 16, 10)]
    [InlineData(60, 2, 0)]
    public void Options_out_of_range_are_refused(int lifetimeMinutes, int toleranceMinutes, int handshakeSeconds) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new AttestedTls(
            new NoEvidenceSource(), new AnyPolicy(),
            new AttestedTlsOptions
            {
                CertificateLifetime = TimeSpan.FromMinutes(lifetimeMinutes),
                ClockTolerance = TimeSpan.FromMinutes(toleranceMinutes),
                HandshakeTimeout = TimeSpan.FromSeconds(handshakeSeconds),
            },
            _time).Dispose());

    private AttestedTls Make(string source, string policy, TimeProvider? time = null) =>
        Make(EvidenceSources.Create(source), EvidencePolicies.Create(policy), time);

    private AttestedTls Make(IEvidenceSource source, IEvidencePolicy policy, TimeProvider? time = null) =>
        new(source, policy, new AttestedTlsOptions(), time ?? _time);

    private static (Task<AttestedConnection> Serving, Task<AttestedConnection> Dialling) Start(AttestedTls server, AttestedTls client)
    {
        var pair = new DuplexPipePair();
        return (server.AuthenticateAsServerAsync(pair.Left, default), client.AuthenticateAsClientAsync(pair.Right, default));
    }

    private static async Task<(AttestedConnection Served, AttestedConnection Dialled)> ConnectAsync(AttestedTls server, AttestedTls client)
    {
        var (serving, dialling) = Start(server, client);
        return (await serving.WaitAsync(Patience), await dialling.WaitAsync(Patience));
    }

    /// <summary>The other side refused this one when the handshake was done: this one finds its connection ended, with nothing on it.</summary>
    private static async Task EndsAsync(Task<AttestedConnection> refused)
    {
        await using var connection = await refused.WaitAsync(Patience);
        var read = await connection.Input.ReadAsync().AsTask().WaitAsync(Patience);
        (read.IsCompleted, read.Buffer.Length).ShouldBe((true, 0));
    }

    /// <summary>Connects until the server shows another key: it is made beside the connection that finds the old one due.</summary>
    private static async Task<Ed25519PublicKey> RenewedAsync(AttestedTls server, AttestedTls client, Ed25519PublicKey old)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            var key = await KeyOfServerAsync(server, client);
            if (key != old) return key;
        }
    }

    private static async Task<Ed25519PublicKey> KeyOfServerAsync(AttestedTls server, AttestedTls client)
    {
        var (served, dialled) = await ConnectAsync(server, client);
        await served.DisposeAsync();
        await dialled.DisposeAsync();
        return dialled.Peer.PublicKey;
    }

    private sealed class SlowPolicy : IEvidencePolicy
    {
        public TaskCompletionSource<CancellationToken> Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<PolicyVerdict> Verdict { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "slow";

        public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
        {
            Asked.SetResult(cancellationToken);
            return new ValueTask<PolicyVerdict>(Verdict.Task);
        }
    }

    private sealed class ThrowingPolicy : IEvidencePolicy
    {
        public string Name => "throwing";

        public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken");
    }

    private sealed class AgingPolicy : IEvidencePolicy
    {
        private readonly SemaphoreSlim _asked = new(0);

        public string Name => "aging";

        public TimeProvider Time { get; set; } = TimeProvider.System;

        public TimeSpan ValidFor { get; set; }

        public string? Refusal { get; set; }

        public async Task NextAsync() => (await _asked.WaitAsync(Patience)).ShouldBeTrue();

        public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
        {
            var verdict = Refusal is { } refusal
                ? PolicyVerdict.Refuse(refusal)
                : PolicyVerdict.Accept(PeerEvidence.Unattested(binding.Key) with { ValidUntil = Time.GetUtcNow() + ValidFor });
            _asked.Release();
            return new(verdict);
        }
    }

    private sealed class WarningLog : ILogger<AttestedTls>
    {
        private readonly Channel<string> _warnings = Channel.CreateUnbounded<string>();

        public async Task<string> NextAsync() => await _warnings.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning) _warnings.Writer.TryWrite(formatter(state, exception));
        }
    }
}
