using Cocoon.Attestation;
using Cocoon.Client.Proxies;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Contracts.Messages;
using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Ton;

namespace Cocoon.Client.Tests.Proxies;

public sealed class HandshakeTests
{
    [Fact]
    public async Task Known_client_shows_its_secret()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        await bench.ConnectAsync(proxy);
        var session = await bench.ReadyAsync();
        session.Identity!.ProtocolVersion.ShouldBe(2);
        session.Identity.Contract.ShouldBe(proxy.Contract.Address);
        var hello = proxy.Hello!;
        hello.MinConfigVersion.ShouldBe(3);
        hello.Params.ClientOwnerAddress.ShouldBe(FakeWallet.WalletAddress.ToFriendly(bounceable: false, testnet: false));
        hello.Params.IsTest.ShouldBe(true);
        (hello.Params.MinProtoVersion, hello.Params.MaxProtoVersion).ShouldBe((1, 3));
        bench.Wallet.Sent.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_version_up_to_the_newest_is_accepted(int version)
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        proxy.ProtocolVersion = version;
        await bench.ConnectAsync(proxy);
        (await bench.ReadyAsync()).Identity!.ProtocolVersion.ShouldBe(version);
        (proxy.Shown?.Evidence.Quote.ToArray()).ShouldBe(version == 3 ? FakeExchange.Good : null);
        bench.Exchange!.Shown.Count.ShouldBe(version == 3 ? 1 : 0);
    }

    [Fact]
    public async Task A_proxy_whose_evidence_is_not_of_this_connection_is_left()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        (proxy.ProtocolVersion, proxy.Evidence) = (3, FakeExchange.Bad);
        var serving = await bench.ConnectAsync(proxy);
        (await Should.ThrowAsync<IOException>(serving.WaitAsync(ClientBench.Guard))).Message.ShouldBe(
            "the proxy's evidence for this connection was refused: word check: found bad evidence, wanted good.");
    }

    [Fact]
    public async Task A_connection_without_evidence_of_its_own_is_not_offered_version_3()
    {
        await using var bench = new ClientBench { Exchange = null };
        var proxy = bench.NewProxy();
        await bench.ConnectAsync(proxy);
        await bench.ReadyAsync();
        proxy.Hello!.Params.MaxProtoVersion.ShouldBe(2);
        var liar = bench.NewProxy();
        liar.ProtocolVersion = 3;
        (await Should.ThrowAsync<IOException>((await bench.ConnectAsync(liar, seqno: 2)).WaitAsync(ClientBench.Guard))).Message.ShouldBe(
            "the proxy chose protocol version 3, wanted 0 to 2");
    }

    [Fact]
    public async Task Unknown_client_deploys_sets_its_secret_pays_in_and_registers_in_this_order()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy(known: false);
        await bench.ConnectAsync(proxy);
        await bench.ReadyAsync();
        var sent = bench.Wallet.Sent;
        sent.Count.ShouldBe(4);
        sent.ShouldAllBe(message => message.Destination == proxy.Channel.Address);
        sent[0].StateInit.ShouldBe(proxy.Channel.StateInit);
        sent[0].Value.ShouldBe(Coins.FromTon(0.8m));
        ContractMessage.Parse(sent[1].Body!).ShouldBeOfType<ChangeClientSecret>().SecretHash.ShouldBe(ClientBench.SecretHash(proxy.Contract.Address));
        ContractMessage.Parse(sent[2].Body!).ShouldBeOfType<TopUpClient>().Amount.ShouldBe(Coins.FromTon(1));
        sent[2].Value.ShouldBe(Coins.FromTon(1.7m));
        ContractMessage.Parse(sent[3].Body!).ShouldBeOfType<RegisterClient>().Nonce.ShouldBe(77UL);
        sent[3].Value.ShouldBe(Coins.FromTon(1));
        bench.Budget.Spent.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Client_known_by_another_secret_registers_again()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        proxy.SecretHash = Bits256.Zero;
        await bench.ConnectAsync(proxy);
        await bench.ReadyAsync();
        ContractMessage.Parse(bench.Wallet.Sent.ShouldHaveSingleItem().Body!).ShouldBeOfType<RegisterClient>();
    }

    [Fact]
    public async Task Proxy_whose_image_is_not_listed_is_refused_before_anything_is_said()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        var evidence = new PeerEvidence(EvidenceKind.FakeTdx, Bits256.Sha256("other"u8), proxy.Key.PublicKey, default);
        var serving = await bench.ConnectAsync(proxy, evidence);
        (await Should.ThrowAsync<ProxyFaultException>(serving)).Message.ShouldContain("image");
        proxy.Hello.ShouldBeNull();
    }

    [Fact]
    public async Task Image_is_not_asked_for_when_the_check_is_off()
    {
        await using var bench = new ClientBench(options => options.CheckProxyHashes = false);
        var proxy = bench.NewProxy();
        await bench.ConnectAsync(proxy, PeerEvidence.Unattested(proxy.Key.PublicKey));
        await bench.ReadyAsync();
    }

    [Fact]
    public async Task Proxy_with_another_contract_than_the_registry_gives_is_refused()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        proxy.ContractText = FakeProxy.Owner.ToFriendly(bounceable: false, testnet: false);
        var serving = await bench.ConnectAsync(proxy);
        (await Should.ThrowAsync<IOException>(serving.WaitAsync(ClientBench.Guard))).Message.ShouldContain("the address of the proxy's contract is wrong");
        bench.Pool.Sessions.ShouldBeEmpty();
    }
}
