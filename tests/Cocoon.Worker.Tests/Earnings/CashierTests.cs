using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Tests.Fakes;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Worker.Tests.Earnings;

public sealed class CashierTests : IAsyncLifetime
{
    // 18 nanoTON a token: a hundred million of them are 1.8 TON.
    private const long Earned = 100_000_000;

    private readonly WorkerBench _bench = new();
    private ScriptedProxy _proxy = null!;

    public async Task InitializeAsync()
    {
        await _bench.StartAsync();
        _bench.Chain.Contract = PayOut;
        _proxy = _bench.NewProxy();
        _bench.Chain.Set(_proxy.Contract.Address, Coins.FromTon(100), _proxy.Contract.InitialState.ToCell());
    }

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Contract_is_deployed_and_then_the_voucher_submitted()
    {
        Earn(Earned);
        (await CashAsync(Coins.FromTon(1))).ShouldBe(1);
        var delivered = _bench.Chain.Delivered;
        delivered.Length.ShouldBe(2);
        delivered.ShouldAllBe(message => message.Destination == _proxy.Channel.Address);
        delivered[0].StateInit.ShouldBe(_proxy.Channel.StateInit);
        delivered[0].Value.ShouldBe(MessageValues.Deploy);
        var voucher = ContractMessage.Parse(delivered[1].Body).ShouldBeOfType<SubmitVoucher>().Voucher;
        (voucher.Tokens.Value, voucher.Excess).ShouldBe((Earned, _bench.Core.Node.Wallet.Address));
        delivered[1].Value.ShouldBe(MessageValues.WorkerVoucher);
        delivered[1].StateInit.ShouldBeNull();

        (await CashAsync(default)).ShouldBe(0);
        Earn(2 * Earned);
        (await CashAsync(Coins.FromTon(1))).ShouldBe(1);
        _bench.Chain.Delivered.Length.ShouldBe(3);
    }

    [Theory]
    [InlineData(55_555_555, 0)]
    [InlineData(55_555_556, 1)]
    public async Task Weakness_12_2_05_Threshold_is_in_money(long tokens, int sent)
    {
        Earn(tokens);
        (await CashAsync(Coins.FromTon(1))).ShouldBe(sent);
    }

    [Theory]
    [InlineData(5_555_555, 0)]
    [InlineData(5_555_556, 1)]
    public async Task Former_parameters_have_a_lower_threshold_also_after_a_restart(long tokens, int sent)
    {
        Earn(tokens);
        _bench.Registry = TestNetwork.Registry(version: 4, parametersVersion: 2);
        await _bench.StartAsync();
        (await CashAsync(Coins.FromTon(1))).ShouldBe(sent);
        if (sent == 1)
            _bench.Chain.Delivered[0].StateInit.ShouldBe(_proxy.Channel.StateInit);
    }

    [Theory]
    [InlineData(1.8, ContractPhase.Normal, 0)]
    [InlineData(1.9, ContractPhase.Normal, 1)]
    [InlineData(1.9, ContractPhase.Closing, 1)]
    [InlineData(1.9, ContractPhase.Closed, 0)]
    public async Task Voucher_is_kept_while_the_proxys_contract_cannot_pay_it(double balance, ContractPhase phase, int sent)
    {
        Earn(Earned);
        var state = _proxy.Contract.InitialState with { Phase = phase, UnlockTime = phase == ContractPhase.Normal ? null : _bench.Time.GetUtcNow() };
        _bench.Chain.Set(_proxy.Contract.Address, Coins.FromTon((decimal)balance), state.ToCell());
        (await CashAsync(default)).ShouldBe(sent);
        _bench.Log.Count("would be lost").ShouldBe(1 - sent);
    }

    [Fact]
    public async Task Closed_contract_gets_nothing()
    {
        Earn(Earned);
        _bench.Chain.Set(_proxy.Channel.Address, Coins.FromTon(1), (_proxy.Channel.InitialState with { Phase = ContractPhase.Closed }).ToCell());
        (await CashAsync(default)).ShouldBe(0);
        _bench.Chain.Delivered.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Earned)]
    [InlineData(Earned + 1)]
    public async Task Voucher_that_is_paid_already_is_not_submitted(long paid)
    {
        Earn(Earned);
        _bench.Chain.Set(_proxy.Channel.Address, Coins.FromTon(1), (_proxy.Channel.InitialState with { TokensPaid = new AdjustedTokens(paid) }).ToCell());
        (await CashAsync(default)).ShouldBe(0);
        _bench.Chain.Delivered.ShouldBeEmpty();
    }

    [Fact]
    public async Task Voucher_under_way_is_not_submitted_again()
    {
        Earn(Earned);
        _bench.Chain.Holding = true;
        var first = _bench.Cashier.CashAsync(default, default);
        await UntilAsync(() => _bench.Chain.Sent.Length == 1);
        var second = _bench.Cashier.CashAsync(default, default);
        await _bench.Time.PassAsync(5);
        second.IsCompleted.ShouldBeFalse();
        _bench.Chain.ExecuteHeld();
        await _bench.Time.PassUntilAsync(() => first.IsCompleted && second.IsCompleted);
        ((await first) + (await second)).ShouldBe(1);
        _bench.Chain.Delivered.Count(message => message.StateInit is null).ShouldBe(1);
    }

    [Fact]
    public async Task Chain_that_stumbles_while_the_payment_is_awaited_makes_nothing_be_sent_twice()
    {
        Earn(Earned);
        _bench.Chain.Fails = (call, name) => name == "account" && call % 3 == 1;
        var cashing = _bench.Cashier.CashAsync(default, default);
        await _bench.Time.PassUntilAsync(() => cashing.IsCompleted);
        if (await cashing == 0)
            (await CashAsync(default)).ShouldBe(1);
        _bench.Chain.Delivered.Count(message => message.StateInit is null).ShouldBe(1);
    }

    [Fact]
    public async Task Voucher_that_the_contract_does_not_take_is_told()
    {
        Earn(Earned);
        _bench.Chain.Contract = (_, data) => data;
        (await CashAsync(default)).ShouldBe(0);
        _bench.Log.Count("the contract has not taken it").ShouldBe(1);
    }

    [Fact]
    public async Task Earnings_are_looked_after_by_themselves()
    {
        Earn(Earned);
        using var stopping = new CancellationTokenSource();
        var running = _bench.Cashier.RunAsync(stopping.Token);
        await _bench.Time.PassUntilAsync(() => _bench.Chain.Delivered.Length == 2);
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience));
    }

    [Fact]
    public async Task Kept_file_that_is_no_voucher_is_told_and_left()
    {
        Earn(Earned);
        File.WriteAllBytes(_bench.Core.Node.Folder.File("voucher-garbage.boc"), [1, 2, 3]);
        var good = Directory.GetFiles(_bench.Core.Node.Folder.Path, "voucher-*.boc").Single(path => !path.EndsWith("garbage.boc", StringComparison.Ordinal));
        File.Copy(good, _bench.Core.Node.Folder.File("voucher-copy.boc"));
        await _bench.StartAsync();
        _bench.Core.Accounts.All.ShouldHaveSingleItem().Voucher!.Tokens.Value.ShouldBe(Earned);
        _bench.Log.Count("holds no voucher that can be claimed").ShouldBe(2);
        File.Exists(_bench.Core.Node.Folder.File("voucher-garbage.boc")).ShouldBeTrue();
    }

    [Fact]
    public void Voucher_that_cannot_be_kept_does_not_count()
    {
        var account = Open();
        File.Delete(_bench.Core.Node.Folder.File("x"));
        // A folder in the file's place makes the writing fail.
        Directory.CreateDirectory(_bench.Core.Node.Folder.File($"voucher-{_proxy.Channel.Address.Hash}.boc"));
        Should.Throw<Exception>(() => Update(account, 5));
        account.Voucher.ShouldBeNull();
        (account.Stored.Value, account.Max.Value).ShouldBe((0, 0));
    }

    private static Cell? PayOut(InternalMessage message, Cell? data)
    {
        if (data is null || message.Body.BitLength == 0)
            return data;
        var state = WorkerContractState.Decode(data);
        var voucher = ContractMessage.Parse(message.Body).ShouldBeOfType<SubmitVoucher>().Voucher;
        return (state with { TokensPaid = voucher.Tokens }).ToCell();
    }

    private ProxyAccount Open() => _bench.Core.Accounts.Open(_bench.Registry.Parameters, _proxy.Contract.Address, _proxy.Key.PublicKey);

    private void Earn(long tokens) => Update(Open(), tokens).ShouldBeNull();

    private string? Update(ProxyAccount account, long tokens)
    {
        EarningFigures told = default;
        return account.Update(_proxy.Sign(tokens).ToBytes(), tokens, tokens, ref told);
    }

    private async Task<int> CashAsync(Coins threshold)
    {
        var cashing = _bench.Cashier.CashAsync(threshold, default);
        await _bench.Time.PassUntilAsync(() => cashing.IsCompleted);
        return await cashing;
    }
}
