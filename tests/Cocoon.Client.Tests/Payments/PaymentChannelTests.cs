using Cocoon.Client.Payments;
using Cocoon.Client.Proxies;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.FixedNetwork;
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
        Use(channel, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.TopUp);
        bench.Chain.State(proxy.Channel.Address)!.Balance.ShouldBe(Coins.FromTon(2));
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Budget.Spent.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Weakness_12_2_11_Nothing_is_added_beyond_the_budget()
    {
        await using var bench = new ClientBench(options => options.BudgetTon = 1.5m);
        var (proxy, channel) = Open(bench);
        Use(channel, 30_000_000);
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
    public async Task Without_a_chain_the_secret_is_empty_the_channel_is_presumed_and_nothing_is_ever_sent()
    {
        await using var bench = new ClientBench();
        await using var channels = new PaymentChannels(bench.PaymentServices() with { Chain = new FixedChain(bench.Time) }, bench.Folder);
        var (_, channel) = Open(bench, channels);
        channel.Secret.ShouldBeEmpty();
        Use(channel, 49_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        channel.View!.State!.Balance.ShouldBe(Coins.FromTon(1_000_000));
        channel.View.State.SecretHash.ShouldBe(channel.SecretHash);
        bench.Wallet.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Message_still_on_its_way_is_not_sent_again_even_by_a_new_process()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        bench.Wallet.HoldBack = true;
        Use(channel, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.TopUp);
        await using var restarted = bench.NewChannels();
        var (_, again) = Open(bench, restarted);
        Use(again, 30_000_000);
        (await again.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task No_money_goes_to_a_proxy_contract_that_is_closing()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Set(proxy.Contract.Address, Coins.FromTon(1), (proxy.Contract.InitialState with { Phase = ContractPhase.Closing }).ToCell());
        Use(channel, 30_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.ShouldBeEmpty();
        bench.Budget.Spent.ShouldBe(Coins.Zero);
    }

    [Fact]
    public async Task Weakness_12_2_01_Proxy_that_counts_more_than_was_used_gets_no_more_money_by_itself()
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
        Use(channel, 30_000_000);
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
    public async Task Weakness_12_2_11_What_a_proxy_only_says_makes_the_wallet_send_nothing()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.FromTon(3) });
        for (var voucher = 1; voucher < 10; voucher++)
        {
            channel.Authorized(new ProxySignedPayment(proxy.Sign(voucher).ToBytes()), long.MaxValue, long.MaxValue);
            (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        }
        // The operator may take the count for right, but that is no reason to pay it for ever.
        (await channel.TopUpAsync(Coins.FromTon(1), default)).Completed.ShouldBeTrue();
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        channel.Trouble.ShouldNotBeNull().ShouldContain("far more than was ever paid in");
        bench.Wallet.Sent.ShouldHaveSingleItem();
        bench.Budget.Spent.ShouldBe(Coins.FromTon(1));
    }

    [Fact]
    public async Task Empty_channel_is_charged_no_further()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.Zero });
        channel.Authorized(new ProxySignedPayment(proxy.Sign(40_000_000).ToBytes()), 40_000_000, 40_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.ShouldBeEmpty();
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
    public async Task Weakness_12_2_09_Close_that_nobody_grants_says_when_it_can_be_forced_and_what_that_pays()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        var report = await channel.CloseAsync(force: false, TimeSpan.Zero, default);
        report.Completed.ShouldBeFalse();
        report.Message.ShouldContain("force=true, which pays at most what the proxy has staked");
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

    [Fact]
    public async Task What_a_proxy_charges_for_nothing_is_not_replaced()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        channel.Authorized(new ProxySignedPaymentEmpty(), 0, 0);
        bench.Chain.Change(proxy.Channel.Address, state => state with { TokensUsed = new(40_000_000), Balance = Coins.FromTon(0.2m) });
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        channel.Count.Unexplained.ShouldBe(40_000_000);
        await channel.RegisterAsync(1, default);
        ContractMessage.Parse(bench.Wallet.Sent.ShouldHaveSingleItem().Body!).ShouldBeOfType<RegisterClient>();
        bench.Budget.Spent.ShouldBe(Coins.Zero);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        channel.Trouble.ShouldNotBeNull().ShouldContain("40000000");
    }

    [Fact]
    public async Task New_process_begins_its_count_at_the_chain_not_at_what_the_proxy_says()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        bench.Chain.Change(proxy.Channel.Address, state => state with { TokensUsed = new(10_000_000) });
        var channel = Open(bench.Channels, proxy, bench);
        await ClientBench.UntilAsync(() => channel.View is not null);
        channel.Authorized(new ProxySignedPaymentEmpty(), 35_000_000, 60_000_000);
        channel.Count.Unexplained.ShouldBe(50_000_000);
        (await channel.CheckAsync(default)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_proxy_is_shown_a_secret_of_its_own_and_an_older_one_is_replaced()
    {
        await using var bench = new ClientBench();
        var proxy = bench.NewProxy();
        var old = Bits256.Sha256(System.Text.Encoding.ASCII.GetBytes(ClientBench.Secret));
        bench.Chain.Change(proxy.Channel.Address, state => state with { SecretHash = old });
        var channel = Open(bench.Channels, proxy, bench);
        await ClientBench.UntilAsync(() => bench.Chain.State(channel.Address)!.SecretHash != old);
        bench.Chain.State(channel.Address)!.SecretHash.ShouldBe(ClientBench.SecretHash(proxy.Contract.Address));
        channel.SecretHash.ShouldBe(ClientBench.SecretHash(proxy.Contract.Address));
        var other = new PaymentChannel(channel.Address, FakeProxy.Owner, proxy.Key.PublicKey, bench.Registry.Parameters, bench.PaymentServices(), default);
        other.Secret.ShouldNotBe(channel.Secret);
        channel.Secret.ShouldNotContain(ClientBench.Secret);
    }

    [Fact]
    public async Task Top_up_that_nobody_waits_for_any_more_is_not_sent_a_second_time()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.FromTon(0.2m) });
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Wallet.Turn = turn.Task;
        using var leaving = new CancellationTokenSource();
        var registering = channel.RegisterAsync(1, leaving.Token);
        await ClientBench.UntilAsync(() => bench.Budget.Spent > Coins.Zero);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(registering);
        channel.Authorized(new ProxySignedPaymentEmpty(), 0, 0);
        var checking = channel.CheckAsync(default);
        checking.IsCompleted.ShouldBeFalse();
        turn.SetResult();
        (await checking.WaitAsync(ClientBench.Guard)).ShouldBe(PaymentStep.None);
        bench.Wallet.Sent.Select(message => ContractMessage.Parse(message.Body!).GetType())
            .ShouldBe([typeof(TopUpClient), typeof(RegisterClient)], ignoreOrder: true);
        bench.Budget.Spent.ShouldBe(Coins.FromTon(1));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Budget_gets_back_only_a_top_up_that_itself_was_not_sent(bool topUpFails, int spent)
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.FromTon(0.2m) });
        bench.Wallet.Refuses = message => ContractMessage.Parse(message.Body!) is TopUpClient == topUpFails;
        await Should.ThrowAsync<IOException>(channel.RegisterAsync(1, default));
        bench.Budget.Spent.ShouldBe(Coins.FromTon(spent));
    }

    [Fact]
    public async Task Registrations_wait_longer_and_longer_until_a_request_was_paid_for()
    {
        await using var bench = new ClientBench();
        var (_, channel) = Open(bench);
        await channel.RegisterAsync(1, default);
        var second = channel.RegisterAsync(2, default);
        bench.Time.Advance(TimeSpan.FromSeconds(14));
        second.IsCompleted.ShouldBeFalse();
        bench.Time.Advance(TimeSpan.FromSeconds(17));
        await second.WaitAsync(ClientBench.Guard);
        var third = channel.RegisterAsync(3, default);
        bench.Time.Advance(TimeSpan.FromSeconds(29));
        third.IsCompleted.ShouldBeFalse();
        bench.Time.Advance(TimeSpan.FromSeconds(32));
        await third.WaitAsync(ClientBench.Guard);
        channel.RequestPaid();
        await channel.RegisterAsync(4, default).WaitAsync(ClientBench.Guard);
        bench.Chain.Nonces.ShouldBe([1UL, 2UL, 3UL, 4UL]);
        channel.RegisterAsync(5, default).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_ends_the_watch_over_a_channel()
    {
        await using var bench = new ClientBench();
        var (proxy, channel) = Open(bench);
        foreach (var failure in new Exception[] { new TaskCanceledException("too slow"), new ArgumentException("a surprise") })
        {
            bench.Chain.Failure = failure;
            await UntilLookedAsync(bench, () => channel.Trouble == failure.Message);
        }
        bench.Chain.Failure = null;
        bench.Chain.Change(proxy.Channel.Address, state => state with { Balance = Coins.FromTon(7) });
        await UntilLookedAsync(bench, () => channel.View!.State!.Balance == Coins.FromTon(7));
    }

    private static Task UntilLookedAsync(ClientBench bench, Func<bool> condition) => ClientBench.UntilAsync(() =>
    {
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        return condition();
    });

    private static void Use(PaymentChannel channel, long tokens)
    {
        channel.Count.Started(tokens);
        channel.Count.Ended(tokens, tokens);
        channel.Authorized(new ProxySignedPaymentEmpty(), tokens, tokens);
    }

    private static (FakeProxy Proxy, PaymentChannel Channel) Open(ClientBench bench, PaymentChannels? channels = null)
    {
        var proxy = bench.NewProxy();
        return (proxy, Open(channels ?? bench.Channels, proxy, bench));
    }

    private static PaymentChannel Open(PaymentChannels channels, FakeProxy proxy, ClientBench bench) =>
        channels.Open(new ProxyIntroduction(proxy.Key.PublicKey, proxy.Contract.Address, bench.Registry.Parameters, 2), proxy.Channel);
}
