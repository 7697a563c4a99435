using Cocoon.Attestation;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Simulation;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Sessions;

namespace Cocoon.Proxy.Tests.Sessions;

public sealed class WorkerHandshakeTests
{
    private static readonly WorkerParams Good = new(
        Some.Address(10).ToFriendly(bounceable: true, testnet: false), TestProxy.ModelText, 1000, true, 3, 10, 0, 2);

    private static async Task EarnAsync(TestProxy proxy, long tokens, bool commit)
    {
        var (client, all) = (Some.Address(1), Some.Tokens(1_000_000));
        await proxy.Ledger.SettleAsync(proxy.Ledger.TryReserve(client, Some.Tokens(tokens), all, out _)!, Some.Address(10), Some.Tokens(tokens));
        if (commit) proxy.Ledger.ConfirmCommit(await proxy.Ledger.BeginCommitAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_worker_is_in_the_pool_from_its_introduction_and_enabled_from_the_end_of_its_handshake()
    {
        await using var proxy = await TestProxy.StartAsync();
        await EarnAsync(proxy, 40, commit: true);
        await EarnAsync(proxy, 2, commit: false);
        await using var peer = await Peer.WorkerAsync(proxy);
        var connected = await peer.AskAsync(new WorkerConnectToProxy(Good));
        connected.WorkerScAddress.ShouldBe(proxy.Identity.Worker(Some.Address(10)).Address.ToFriendly(bounceable: false, testnet: false));
        (connected.Params.ProtoVersion, connected.Params.IsTest).ShouldBe((2, true));
        var connection = proxy.Pool.Snapshot()[TestProxy.Model].ShouldHaveSingleItem();
        (connection.Enabled, connection.Limit).ShouldBe((false, 4));
        var compared = await peer.AskAsync(new WorkerCompareBalanceWithProxy(40, 42, 42));
        (compared.ErrorCode, compared.TokensCommittedToDb, compared.MaxTokens).ShouldBe((0, 42, 42));
        Voucher.Check(
            compared.SignedPayment.ShouldBeOfType<ProxySignedPayment>().Data.Span, VoucherKind.WorkerPayout, proxy.Identity.Worker(Some.Address(10)).Address,
            proxy.Identity.Key.PublicKey, out var voucher).IsValid.ShouldBeTrue();
        voucher!.Tokens.ShouldBe(Some.Tokens(40));
        await peer.AskAsync(new WorkerProxyHandshakeComplete(false));
        // Only once the answer is on its way.
        await Some.UntilAsync(() => connection.Enabled);
        (await peer.AskAsync(new WorkerUpdatePaymentStatus())).DbTokens.ShouldBe(42);
        peer.Worker!.Dispose();
        proxy.Pool.Snapshot()[TestProxy.Model].ShouldBeEmpty();
    }

    [Fact]
    public async Task Weakness_12_1_09_A_worker_that_claims_more_than_the_proxy_counted_compares_again_and_goes_on()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await Peer.WorkerAsync(proxy);
        await peer.AskAsync(new WorkerConnectToProxy(Good));
        (await peer.AskAsync(new WorkerCompareBalanceWithProxy(0, 0, 5))).ErrorCode.ShouldBe(1);
        (await peer.AskAsync(new WorkerExtendedCompareBalanceWithProxy(0, default))).ErrorCode.ShouldBe(0);
        await peer.AskAsync(new WorkerProxyHandshakeComplete(true));
        proxy.Pool.Snapshot()[TestProxy.Model].ShouldHaveSingleItem().Enabled.ShouldBeFalse();
    }

    [Theory]
    [InlineData(41, 42, 42)]
    [InlineData(40, 43, 43)]
    [InlineData(-1, 0, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 0, -1)]
    [InlineData(long.MaxValue, long.MaxValue, long.MaxValue)]
    public async Task Weakness_12_1_03_Claims_above_what_is_committed_or_stored_close_the_connection_and_no_other(long chain, long stored, long max)
    {
        await using var proxy = await TestProxy.StartAsync();
        await EarnAsync(proxy, 40, commit: true);
        await EarnAsync(proxy, 2, commit: false);
        await using var peer = await Peer.WorkerAsync(proxy);
        await peer.AskAsync(new WorkerConnectToProxy(Good));
        await peer.RefusedAsync(new WorkerCompareBalanceWithProxy(chain, stored, max), 621);
        proxy.Ledger.Read(LedgerSide.Worker, Some.Address(10)).Committed.ShouldBe(Some.Tokens(40));
        await using var next = await Peer.WorkerAsync(proxy);
        await next.AskAsync(new WorkerConnectToProxy(Good));
        (await next.AskAsync(new WorkerCompareBalanceWithProxy(40, 42, 42))).ErrorCode.ShouldBe(0);
    }

    public static TheoryData<string, int, string> Refusals => new()
    {
        { "old", 602, "too old worker" },
        { "test", 602, "test mode mismatch" },
        { "no model", 621, "invalid worker model" },
        { "nameless model", 621, "invalid worker model" },
        { "other model", 621, "the registry does not list it" },
        { "negative coefficient", 621, "invalid coefficient" },
        { "large coefficient", 621, "invalid coefficient" },
        { "no requests", 621, "invalid max_active_requests" },
        { "no connections", 621, "invalid proxy_cnt" },
        { "newer version", 621, "cannot choose common protocol version" },
        { "reversed versions", 621, "cannot choose common protocol version" },
        { "owner", 621, "not a TON address" },
        { "test before model", 602, "test mode mismatch" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_wrong_introduction_is_refused_with_its_code_and_the_connection_closed(string wrong, int code, string text)
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await Peer.WorkerAsync(proxy);
        var parameters = wrong switch
        {
            "old" => Good with { IsTest = null, ProxyCnt = null, MaxActiveRequests = null },
            "test" => Good with { IsTest = false },
            "no model" => Good with { Model = "" },
            "nameless model" => Good with { Model = "@1:2" },
            "other model" => Good with { Model = "other@1:2" },
            "negative coefficient" => Good with { Coefficient = -1 },
            "large coefficient" => Good with { Coefficient = 1_000_000_000 },
            "no requests" => Good with { MaxActiveRequests = 0 },
            "no connections" => Good with { ProxyCnt = int.MinValue },
            "newer version" => Good with { MinProtoVersion = 4, MaxProtoVersion = 5 },
            "reversed versions" => Good with { MinProtoVersion = 2, MaxProtoVersion = 1 },
            "owner" => Good with { WorkerOwnerAddress = "nobody" },
            _ => Good with { IsTest = false, Model = "" },
        };
        (await peer.RefusedAsync(new WorkerConnectToProxy(parameters), code)).ShouldContain(text);
        proxy.Pool.Snapshot().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unlisted_image_is_refused_before_anything_else()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await Peer.WorkerAsync(proxy, listedImage: false);
        (await peer.RefusedAsync(new WorkerConnectToProxy(Good with { IsTest = null, ProxyCnt = null, MaxActiveRequests = null }), 621)).ShouldContain("image hash");
    }

    [Fact]
    public async Task A_refused_image_is_explained_by_the_register_that_differs()
    {
        var folder = Directory.CreateTempSubdirectory("cocoon-image-");
        try
        {
            string[] files = [Path.Combine(folder.FullName, "program"), Path.Combine(folder.FullName, "model")];
            foreach (var file in files) await File.WriteAllTextAsync(file, "released");
            await using var proxy = await TestProxy.StartAsync();
            var core = proxy.Core with { References = new ReferenceValues(("worker", SimulatedImage.Measure(files))) };
            await File.WriteAllTextAsync(files[1], "Released");
            var changed = SimulatedImage.Measure(files);

            var evidence = new PeerEvidence(EvidenceKind.SimulatedTdx, changed.ImageHash, default, default) { Measurements = changed };
            await using var peer = await Peer.WorkerAsync(proxy, core, evidence);
            var refusal = await peer.RefusedAsync(new WorkerConnectToProxy(Good), 621);
            refusal.ShouldContain($"invalid worker image hash {changed.ImageHash}");
            refusal.ShouldContain("; the nearest reference is 'worker': rtmr2 found ");
            refusal.ShouldNotContain("rtmr1");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Steps_in_the_wrong_order_close_the_connection()
    {
        await using var proxy = await TestProxy.StartAsync();
        async Task<Peer> IntroducedAsync()
        {
            var peer = await Peer.WorkerAsync(proxy);
            await peer.AskAsync(new WorkerConnectToProxy(Good));
            return peer;
        }

        await using (var peer = await Peer.WorkerAsync(proxy)) await peer.RefusedAsync(new WorkerCompareBalanceWithProxy(0, 0, 0), 621);
        await using (var peer = await Peer.WorkerAsync(proxy)) await peer.RefusedAsync(new WorkerProxyHandshakeComplete(false), 621);
        await using (var peer = await Peer.WorkerAsync(proxy)) await peer.RefusedAsync(new WorkerUpdatePaymentStatus(), 621);
        await using (var peer = await Peer.WorkerAsync(proxy)) await peer.RefusedAsync(new ClientUpdatePaymentStatus(), 621);
        await using (var peer = await IntroducedAsync()) await peer.RefusedAsync(new WorkerConnectToProxy(Good), 621);
        await using (var peer = await IntroducedAsync()) await peer.RefusedAsync(new WorkerExtendedCompareBalanceWithProxy(0, default), 621);
        await using (var peer = await IntroducedAsync()) await peer.RefusedAsync(new WorkerProxyHandshakeComplete(false), 621);
        proxy.Pool.Snapshot()[TestProxy.Model].ShouldBeEmpty();
    }

    [Fact]
    public async Task Introductions_at_the_same_time_leave_one_connection_and_none_after_the_end()
    {
        await using var proxy = await TestProxy.StartAsync();
        var peer = await Peer.WorkerAsync(proxy);
        var asked = Enumerable.Range(0, 20).Select(_ => peer.AskAsync(new WorkerConnectToProxy(Good))).ToArray();
        await Should.ThrowAsync<Exception>(Task.WhenAll(asked));
        proxy.Pool.Snapshot().Values.Sum(workers => workers.Count).ShouldBeLessThanOrEqualTo(1);
        await peer.DisposeAsync();
        proxy.Pool.Snapshot().Values.Sum(workers => workers.Count).ShouldBe(0);
    }

    [Fact]
    public async Task A_negative_coefficient_closes_the_connection_and_a_good_one_counts()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await Peer.WorkerAsync(proxy);
        await peer.AskAsync(new WorkerConnectToProxy(Good));
        await peer.AskAsync(new WorkerCompareBalanceWithProxy(0, 0, 0));
        await peer.AskAsync(new WorkerProxyHandshakeComplete(false));
        var connection = proxy.Pool.Snapshot()[TestProxy.Model].ShouldHaveSingleItem();
        await peer.SendAsync(new WorkerNewCoefficient(1234));
        // The session may be closed before its sender is done.
        await Task.WhenAny(peer.SendAsync(new WorkerNewCoefficient(-1)).AsTask());
        await peer.ClosedAsync();
        connection.Coefficient.Thousandths.ShouldBe(1234);
    }

    [Fact]
    public async Task A_proxy_that_demands_GPUs_refuses_a_worker_of_a_version_without_them()
    {
        await using var proxy = await TestProxy.StartAsync();
        var exchange = new FakeExchange { Absence = "GPU check: found none, wanted one." };
        await using var peer = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Connecting, exchange: exchange);
        var refusal = await peer.RefusedAsync(peer.Introduction(newest: 2));
        (refusal.Code, refusal.Message).ShouldBe((621, exchange.Absence));
        await peer.ClosedAsync();
        // One that can show them may go on.
        await using var newer = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Proving, number: 11, exchange: exchange);
        await newer.AliveAsync();
    }

    [Fact]
    public async Task The_GPUs_that_a_worker_attested_are_known_with_it()
    {
        await using var proxy = await TestProxy.StartAsync();
        var gpu = new AttestedGpu(Bits256.Sha256("gpu"u8), "GH100 A01 GSP FMC LF", "550.90.07", "96.00.9F.00.01");
        await using var peer = await RawPeer.WorkerAsync(proxy, newest: 3, exchange: new FakeExchange { PeerGpus = [gpu] });
        proxy.Worker(peer.Owner).Gpus.ShouldBe([gpu]);
    }
}
