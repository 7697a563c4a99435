using Cocoon.Client.Payments;
using Cocoon.Client.Proxies;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Node.Configuration;
using Cocoon.Protocol.Messages;
using Cocoon.Ton;

namespace Cocoon.Client.Tests.Payments;

public sealed class PaymentChannelTests
{
    [Fact]
    public async Task Money_is_added_when_less_than_half_a_stake_is_left()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        channel.Authorized(new ProxySignedPaymentEmpty(), 30_000_000, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.TopUp);
        bench.Chain.State(proxy.Channel.Address)!.Balance.ShouldBe(Coins.FromTon(2));
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Budget.Spent.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Nothing_is_added_beyond_the_budget()
    {
        await using var bench = new ClientBench(options => options.BudgetTon = 1.5m);
        var (proxy, channel) = Open(bench);
        channel.Authorized(new ProxySignedPaymentEmpty(), 30_000_000, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.TopUp);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.Zero });
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.Count.ShouldBe(1);
        channel.Trouble.ShouldNotBeNull().ShouldContain("budget");
        (await Should.ThrowAsync<InvalidOperationException>(channel.TopUpAsync(null, default))).Message.ShouldContain("BudgetTon");
    }

    [Fact]
    public async Task Budget_outlives_the_process()
    {
        await using var bench = new ClientBench();
        bench.Budget.TryTake(Coins.FromTon(60)).ShouldBeTrue();
        var next = new TopUpBudget(bench.Folder, Coins.FromTon(100));
        next.Left.ShouldBe(Coins.FromTon(40));
        next.TryTake(Coins.FromTon(41)).ShouldBeFalse();
        next.TryTake(Coins.FromTon(40)).ShouldBeTrue();
        next.GiveBack(Coins.FromTon(1));
        next.Spent.ShouldBe(Coins.FromTon(99));
    }

    [Fact]
    public void Budget_file_that_holds_something_else_stops_the_start()
    {
        var directory = Directory.CreateTempSubdirectory("cocoon-client");
        var folder = new StateFolder(directory.FullName);
        folder.WriteAtomically("client.spent", "-1"u8);
        Should.Throw<ConfigurationException>(() => new TopUpBudget(folder, Coins.FromTon(1)));
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Message_still_on_its_way_is_not_sent_again_even_by_a_new_process()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        bench.Wallet.HoldBack = true;
        channel.Authorized(new ProxySignedPaymentEmpty(), 30_000_000, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.TopUp);
        await using var restarted = bench.NewChannels();
        var (_, again) = Open(bench, restarted);
        again.Authorized(new ProxySignedPaymentEmpty(), 30_000_000, 30_000_000);
        (await again.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task No_money_goes_to_a_proxy_contract_that_is_closing()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Set(proxy.Contract.Address, Coins.FromTon(1), (proxy.Contract.InitialState with { Phase = ContractPhase.Closing }).ToCell());
        channel.Authorized(new ProxySignedPaymentEmpty(), 30_000_000, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.ShouldBeEmpty();
        bench.Budget.Spent.ShouldBe(Coins.Zero);
    }

    [Fact]
    public async Task Proxy_that_counts_more_than_was_used_gets_no_more_money_by_itself()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        channel.Authorized(new ProxySignedPaymentEmpty(), 0, 0);
        channel.Count.Started(20_000_000);
        channel.Count.Update(new ProxySignedPaymentEmpty(), 0, 20_000_000);
        channel.Count.Unexplained.ShouldBe(0);
        channel.Count.Ended(20_000_000, 5_000_000);
        channel.Count.Unexplained.ShouldBe(15_000_000);
        channel.Count.Update(new ProxySignedPaymentEmpty(), 0, 40_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        channel.Trouble.ShouldNotBeNull().ShouldContain("35000000");
        (await channel.TopUpAsync(Coins.FromTon(2), default)).Completed.ShouldBeTrue();
        channel.Count.Unexplained.ShouldBe(0);
    }

    [Fact]
    public async Task Wallet_without_money_is_asked_for_nothing()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        bench.Wallet.Balance = Coins.FromTon(2);
        channel.Authorized(new ProxySignedPaymentEmpty(), 30_000_000, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        channel.Trouble.ShouldNotBeNull().ShouldContain("Send TON");
        await Should.ThrowAsync<InvalidOperationException>(channel.TopUpAsync(null, default));
        await Should.ThrowAsync<InvalidOperationException>(channel.CloseAsync(force: false, TimeSpan.Zero, default));
        bench.Wallet.Sent.ShouldBeEmpty();
        bench.Budget.Spent.ShouldBe(Coins.Zero);
    }

    [Fact]
    public async Task Request_that_ended_unseen_may_have_cost_its_ceiling()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        channel.Authorized(new ProxySignedPaymentEmpty(), 0, 0);
        channel.Count.Started(100);
        channel.Count.Ended(100, null);
        channel.Count.Update(new ProxySignedPaymentEmpty(), 0, 101);
        channel.Count.Unexplained.ShouldBe(1);
    }

    [Fact]
    public async Task Vouchers_only_count_upwards_and_only_when_they_verify()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        channel.Count.Update(new ProxySignedPayment(proxy.Sign(100).ToBytes()), 0, 0);
        channel.Count.Committed.Value.ShouldBe(100);
        channel.Count.Max.Value.ShouldBe(100);
        channel.Count.Update(new ProxySignedPayment(proxy.Sign(99).ToBytes()), 0, 0);
        channel.Count.Update(new ProxySignedPayment(proxy.Sign(500, VoucherKind.ClientRefund).ToBytes()), 0, 0);
        var forged = proxy.Sign(500).ToBytes();
        forged[^1] ^= 1;
        channel.Count.Update(new ProxySignedPayment(forged), 0, 0);
        channel.Count.Update(new ProxySignedPayment("garbage"u8.ToArray()), -5, -5);
        channel.Count.Committed.Value.ShouldBe(100);
        channel.Count.Stored.Value.ShouldBe(100);
    }

    [Fact]
    public async Task Proxy_far_ahead_of_the_chain_is_settled_with_its_voucher()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.FromTon(3) });
        channel.Authorized(new ProxySignedPayment(proxy.Sign(40_000_000).ToBytes()), 40_000_000, 40_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.Charge);
        var submitted = ContractMessage.Parse(bench.Wallet.Sent.ShouldHaveSingleItem().Body!).ShouldBeOfType<SubmitVoucher>().Voucher;
        submitted.Excess.ShouldBe(FakeWallet.WalletAddress);
        bench.Chain.State(proxy.Channel.Address)!.TokensUsed.Value.ShouldBe(40_000_000);
    }

    [Fact]
    public async Task Close_asks_for_the_refund_and_ends_when_the_proxy_granted_it()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        var closing = channel.CloseAsync(force: false, TimeSpan.FromSeconds(60), default);
        await ClientBench.UntilAsync(() => channel.View?.State?.Phase == ContractPhase.Closing);
        channel.IsUsable.ShouldBeFalse();
        bench.Chain.Change(proxy.Channel.Address, state => state with { Phase = ContractPhase.Closed, Balance = Coins.Zero });
        await ClientBench.UntilAsync(() =>
        {
            bench.Time.Advance(TimeSpan.FromSeconds(2));
            return closing.IsCompleted;
        });
        (await closing).Completed.ShouldBeTrue();
        ContractMessage.Parse(bench.Wallet.Sent.ShouldHaveSingleItem().Body!).ShouldBeOfType<RequestClientRefund>();
        (await channel.CloseAsync(force: false, TimeSpan.Zero, default)).Message.ShouldContain("already");
        (await Should.ThrowAsync<InvalidOperationException>(channel.TopUpAsync(null, default))).Message.ShouldContain("takes nothing any more");
        bench.Wallet.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Close_that_nobody_grants_says_when_it_can_be_forced()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        var report = await channel.CloseAsync(force: false, TimeSpan.Zero, default);
        report.Completed.ShouldBeFalse();
        report.Message.ShouldContain("force=true");
        (await Should.ThrowAsync<InvalidOperationException>(channel.CloseAsync(force: true, TimeSpan.Zero, default))).Message.ShouldContain("can be forced after");
        bench.Time.Advance(TimeSpan.FromSeconds(301));
        (await channel.CloseAsync(force: true, TimeSpan.Zero, default)).Completed.ShouldBeTrue();
    }

    [Fact]
    public async Task Withdrawal_waits_until_the_proxy_contract_can_pay_it()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        (await Should.ThrowAsync<InvalidOperationException>(channel.WithdrawAsync(default))).Message.ShouldContain("above the stake");
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.FromTon(3) });
        bench.Chain.Set(proxy.Contract.Address, Coins.FromTon(2), proxy.Contract.InitialState.ToCell());
        (await Should.ThrowAsync<InvalidOperationException>(channel.WithdrawAsync(default))).Message.ShouldContain("would be lost");
        bench.Chain.Set(proxy.Contract.Address, Coins.FromTon(5), proxy.Contract.InitialState.ToCell());
        (await channel.WithdrawAsync(default)).Completed.ShouldBeTrue();
        bench.Chain.State(proxy.Channel.Address)!.Balance.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Channel_of_old_parameters_is_closed_when_half_the_time_to_spare_is_over()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        bench.Registry = bench.Registry with { Version = 4, Parameters = ClientBench.Parameters(version: 2) };
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Time.Advance(TimeSpan.FromSeconds(149));
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        await channel.CheckAsync(default);
        ContractMessage.Parse(bench.Wallet.Sent.ShouldHaveSingleItem().Body!).ShouldBeOfType<RequestClientRefund>();
    }

    [Fact]
    public async Task Channel_is_found_again_after_a_restart_without_its_proxy()
    {
        await using var bench = new ClientBench();
        var (proxy, _) = Open(bench);
        await using var restarted = bench.NewChannels();
        await ClientBench.UntilAsync(() => restarted.All.Count == 1);
        var channel = restarted.Find(proxy.Contract.Address.ToRaw());
        channel.Address.ShouldBe(proxy.Channel.Address);
        (await channel.CloseAsync(force: false, TimeSpan.Zero, default)).Phase.ShouldBe("Closing");
    }

    private static (FakeProxy Proxy, PaymentChannel Channel) Open(ClientBench bench, PaymentChannels? channels = null)
    {
        var proxy = bench.NewProxy();
        var identity = new ProxyIdentity(proxy.Key.PublicKey, proxy.Contract.Address, proxy.Channel, bench.Registry.Parameters, 2);
        return (proxy, (channels ?? bench.Channels).Open(identity));
    }
}
