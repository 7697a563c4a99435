using System.Text;
using Cocoon.Contracts.Channels;
using Cocoon.Cryptography;
using Cocoon.Node.FixedNetwork;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Settlement;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Proxy.Tests.Sessions;

public sealed class ClientHandshakeTests
{
    private static readonly TonAddress Owner = Some.Address(1);
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("open sesame");
    private static readonly ClientParams Good = new(Owner.ToFriendly(bounceable: false, testnet: false), true, 0, 2);

    private static ClientConnectToProxy Connect(ClientParams? parameters = null, int config = 5) => new(parameters ?? Good, config);

    [Fact]
    public async Task A_known_secret_opens_the_session()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner, secretHash: Bits256.Sha256(Secret));
        await using var peer = await Peer.ClientAsync(proxy);
        var connected = await peer.AskAsync(Connect());
        connected.Auth.ShouldBeOfType<ClientProxyConnectionAuthShort>().SecretHash.ShouldBe(Bits256.Sha256(Secret));
        connected.ClientScAddress.ShouldBe(proxy.Identity.Client(Owner).Address.ToFriendly(bounceable: false, testnet: false));
        (await peer.AskAsync(new ClientAuthorizeWithProxyShort(Secret))).ShouldBeOfType<ClientAuthorizationWithProxySuccess>();
        (await peer.AskAsync(new ClientUpdatePaymentStatus())).DbTokens.ShouldBe(0);
        proxy.AddWorker(10, coefficient: 2000);
        proxy.AddWorker(11, enabled: false);
        var types = await peer.AskAsync(new ClientGetWorkerTypesV2());
        types.Types.ShouldHaveSingleItem().Workers.ShouldHaveSingleItem().Coefficient.ShouldBe(2000);
    }

    [Fact]
    public async Task A_wrong_secret_closes_the_connection()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner, secretHash: Bits256.Sha256(Secret));
        await using var peer = await Peer.ClientAsync(proxy);
        await peer.AskAsync(Connect());
        (await peer.RefusedAsync(new ClientAuthorizeWithProxyShort("close sesame"u8.ToArray()), 602)).ShouldContain("sha256 mismatch");
    }

    [Theory]
    [InlineData("")]
    [InlineData("open sesame")]
    public async Task An_unset_secret_opens_nothing(string secret)
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner);
        await using var peer = await Peer.ClientAsync(proxy);
        (await peer.AskAsync(Connect())).Auth.ShouldBeOfType<ClientProxyConnectionAuthLong>();
        await peer.RefusedAsync(new ClientAuthorizeWithProxyShort(Encoding.UTF8.GetBytes(secret)), 602);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_nonce_that_the_chain_shows_opens_its_own_session_only(bool before)
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner);
        await using var peer = await Peer.ClientAsync(proxy);
        await using var other = await Peer.ClientAsync(proxy);
        var nonce = (await peer.AskAsync(Connect())).Auth.ShouldBeOfType<ClientProxyConnectionAuthLong>().Nonce;
        var otherNonce = (await other.AskAsync(Connect())).Auth.ShouldBeOfType<ClientProxyConnectionAuthLong>().Nonce;
        otherNonce.ShouldNotBe(nonce);
        var waiting = other.AskAsync(new ClientAuthorizeWithProxyLong());
        proxy.Core.Registrations.Show(Some.Address(2), (ulong)nonce);
        proxy.Core.Registrations.Show(Some.Address(2), (ulong)otherNonce);
        if (before) proxy.Core.Registrations.Show(Owner, (ulong)nonce);
        var authorizing = peer.AskAsync(new ClientAuthorizeWithProxyLong());
        if (!before) proxy.Core.Registrations.Show(Owner, (ulong)nonce);
        (await authorizing).ShouldBeOfType<ClientAuthorizationWithProxySuccess>();
        waiting.IsCompleted.ShouldBeFalse();
        proxy.Core.Registrations.Show(Owner, (ulong)otherNonce);
        await waiting;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_chain_an_unknown_client_is_let_in_by_the_empty_secret_and_by_registration_at_once(bool bySecret)
    {
        await using var proxy = await TestProxy.StartAsync();
        var core = proxy.Core with { Channels = new ClientChannels(proxy.Identity, new FixedChain(proxy.Time)) };
        await using var peer = await Peer.ClientAsync(proxy, core);
        (await peer.AskAsync(Connect())).Auth.ShouldBeOfType<ClientProxyConnectionAuthShort>().SecretHash.ShouldBe(Bits256.Sha256([]));
        var authorized = bySecret
            ? await peer.AskAsync(new ClientAuthorizeWithProxyShort(ReadOnlyMemory<byte>.Empty))
            : await peer.AskAsync(new ClientAuthorizeWithProxyLong());
        authorized.ShouldBeOfType<ClientAuthorizationWithProxySuccess>();
        // A million TON are presumed, but only one stake may be used ahead of a charge that never comes.
        core.Channels.Credit(Owner).ShouldBe(proxy.Identity.Parameters.Price.TokensFor(proxy.Identity.Parameters.MinClientStake));
    }

    public static TheoryData<string, int, string> Refusals => new()
    {
        { "old", 602, "too old client" },
        { "test", 602, "test mode mismatch" },
        { "owner", 621, "not a TON address" },
        { "config", 602, "active config version is too low" },
        { "negative config", 602, "active config version is too low" },
        { "version", 621, "cannot choose common protocol version" },
        { "config before version", 602, "active config version is too low" },
        { "closing", 602, "client is closing" },
        { "chain", 651, "cannot be read now" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_wrong_introduction_is_refused_with_its_code_and_the_connection_closed(string wrong, int code, string text)
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner, phase: wrong == "closing" ? ContractPhase.Closing : ContractPhase.Normal);
        if (wrong == "chain") proxy.Chain.Failure = new TonChainException("down");
        await using var peer = await Peer.ClientAsync(proxy);
        var connect = wrong switch
        {
            "old" => Connect(Good with { IsTest = null }),
            "test" => Connect(Good with { IsTest = false }),
            "owner" => Connect(Good with { ClientOwnerAddress = "nobody" }),
            "config" => Connect(config: 6),
            "negative config" => Connect(config: -1),
            "version" => Connect(Good with { MinProtoVersion = 4, MaxProtoVersion = 4 }),
            "config before version" => Connect(Good with { MinProtoVersion = 4, MaxProtoVersion = 4 }, 6),
            _ => Connect(),
        };
        (await peer.RefusedAsync(connect, code)).ShouldContain(text);
    }

    [Fact]
    public async Task Steps_in_the_wrong_order_close_the_connection()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner, secretHash: Bits256.Sha256(Secret));
        await using (var peer = await Peer.ClientAsync(proxy)) await peer.RefusedAsync(new ClientAuthorizeWithProxyShort(Secret), 621);
        await using (var peer = await Peer.ClientAsync(proxy)) await peer.RefusedAsync(new ClientAuthorizeWithProxyLong(), 621);
        await using (var peer = await Peer.ClientAsync(proxy)) await peer.RefusedAsync(new ClientUpdatePaymentStatus(), 621);
        await using (var peer = await Peer.ClientAsync(proxy)) await peer.RefusedAsync(new ClientGetWorkerTypesV2(), 621);
        await using var twice = await Peer.ClientAsync(proxy);
        await twice.AskAsync(Connect());
        await twice.RefusedAsync(Connect(), 621);
    }

    [Fact]
    public async Task A_request_before_the_authorisation_is_refused()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await Peer.ClientAsync(proxy);
        await peer.SendAsync(new ClientRunQueryEx(TestProxy.Model, default, 1, 1, 1, Bits256.Random(), 1, false));
        (await peer.Inbox.NextAsync<ClientQueryAnswerError>()).ErrorCode.ShouldBe(ErrorCodes.ProtocolViolation);
    }

    [Fact]
    public async Task A_query_that_clients_do_not_ask_is_refused_without_an_end_once_the_session_is_open()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.PutClient(Owner, secretHash: Bits256.Sha256(Secret));
        await using var peer = await Peer.ClientAsync(proxy);
        await peer.AskAsync(Connect());
        await peer.AskAsync(new ClientAuthorizeWithProxyShort(Secret));
        (await Should.ThrowAsync<SessionQueryException>(() => peer.AskAsync(new WorkerUpdatePaymentStatus()))).Code.ShouldBe(ErrorCodes.ProtocolViolation);
        await peer.AskAsync(new ClientUpdatePaymentStatus());
    }
}
