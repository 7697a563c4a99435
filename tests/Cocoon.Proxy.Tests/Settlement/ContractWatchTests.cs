using Cocoon.Contracts.Messages;
using Cocoon.Cryptography;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Settlement;
using Cocoon.Ton;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Proxy.Tests.Settlement;

public sealed class ContractWatchTests
{
    private static ContractWatch Watch(TestProxy proxy) => new(
        proxy.Chain, TestProxy.Wallet, TimeSpan.FromSeconds(1), proxy.Time, proxy.Identity, proxy.Ledger, proxy.Channels, proxy.Core.Registrations,
        _ => { }, NullLogger<ContractWatch>.Instance);

    private static void See(TestProxy proxy, StateCommit commit, TonAddress? source = null) => proxy.Chain.Receive(
        proxy.Identity.Contract.Address, source ?? TestProxy.Wallet, new CommitProxyState(1, commit.Sequence, commit.Session).ToCell());

    [Fact]
    public async Task The_own_commit_is_confirmed_when_the_chain_shows_it()
    {
        await using var proxy = await TestProxy.StartAsync();
        var watch = Watch(proxy);
        using var stopping = new CancellationTokenSource();
        await proxy.Ledger.SettleAsync(proxy.Ledger.TryReserve(Some.Address(1), Some.Tokens(5), Some.Tokens(5), out _)!, Some.Address(2), Some.Tokens(5));
        See(proxy, await proxy.Ledger.BeginCommitAsync());
        var watching = Task.Run(() => watch.RunAsync(stopping.Token));
        await watch.Committed.WaitAsync(Some.Patience);
        await watch.Current.WaitAsync(Some.Patience);
        proxy.Ledger.Read(LedgerSide.Worker, Some.Address(2)).Committed.ShouldBe(Some.Tokens(5));
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(watching);
    }

    [Fact]
    public async Task A_commit_this_ledger_never_made_stops_the_proxy_before_it_announces_anything()
    {
        await using var proxy = await TestProxy.StartAsync();
        See(proxy, new StateCommit(1, Bits256.Random()));
        var watch = Watch(proxy);
        (await Should.ThrowAsync<LedgerException>(() => watch.RunAsync(default).WaitAsync(Some.Patience))).Message.ShouldContain("newer copy");
        watch.Current.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_commit_that_did_not_come_from_the_own_wallet_means_nothing()
    {
        await using var proxy = await TestProxy.StartAsync();
        See(proxy, new StateCommit(1, Bits256.Random()), Some.Address(666));
        var watch = Watch(proxy);
        using var stopping = new CancellationTokenSource();
        var watching = Task.Run(() => watch.RunAsync(stopping.Token));
        await watch.Current.WaitAsync(Some.Patience);
        watch.Committed.IsCompleted.ShouldBeFalse();
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(watching);
    }

    [Fact]
    public async Task An_older_state_of_a_channel_does_not_replace_a_newer_one()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (client, channel) = (Some.Address(1), proxy.Identity.Client(Some.Address(1)));
        proxy.Chain.Set(channel.Address, channel.InitialState.ToCell(), lt: 20);
        await proxy.Channels.RefreshAsync(client, default);
        proxy.Chain.Set(channel.Address, (channel.InitialState with { Balance = Coins.FromTon(100), Stake = Coins.FromTon(100) }).ToCell(), lt: 10);
        await proxy.Channels.RefreshAsync(client, default);
        proxy.Channels.Credit(client).ShouldBe(Some.Tokens(0));
    }
}
