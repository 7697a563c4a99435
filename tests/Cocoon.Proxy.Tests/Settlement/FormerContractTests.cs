using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Wallet;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Settlement;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Proxy.Tests.Settlement;

public sealed class FormerContractTests : IDisposable
{
    private static readonly TonAddress Wallet = Some.Address(900);

    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.Generate();
    private readonly FakeChain _chain = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ProxyIdentity _identity;
    private readonly List<(TonAddress Destination, Voucher Voucher, bool Deploys)> _sent = [];
    private bool _deaf;
    private int _shares;

    public FormerContractTests()
    {
        _identity = new ProxyIdentity(Some.Parameters, Some.Address(502), _key, TestProxy.Root);
        PutProxy(ContractPhase.Normal, null);
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task Clients_get_their_refund_and_workers_their_last_payment_before_the_contract_is_closed()
    {
        PutClient(1, ContractPhase.Normal);
        PutClient(2, ContractPhase.Closing);
        PutWorker(3, paid: 10);

        await WindUpAsync(Accounts((LedgerSide.Client, 1, 500), (LedgerSide.Client, 2, 0), (LedgerSide.Worker, 3, 500)));

        _sent.Select(sent => sent.Voucher.Kind).ShouldBe(
            [VoucherKind.ClientRefund, VoucherKind.ClientRefund, VoucherKind.WorkerLastPayout, VoucherKind.ProxyClose, VoucherKind.ProxyCloseComplete],
            ignoreOrder: false);
        Sent(_identity.Client(Some.Address(1)).Address).Voucher.Tokens.ShouldBe(Some.Tokens(500));
        Sent(_identity.Client(Some.Address(2)).Address).Voucher.Tokens.ShouldBe(Some.Tokens(0));
        Sent(_identity.Worker(Some.Address(3)).Address).Voucher.Tokens.ShouldBe(Some.Tokens(500));
    }

    [Fact]
    public async Task A_worker_without_a_contract_has_it_deployed_and_one_that_earned_nothing_costs_nothing()
    {
        await WindUpAsync(Accounts((LedgerSide.Worker, 1, 500), (LedgerSide.Worker, 2, 0)));

        Sent(_identity.Worker(Some.Address(1)).Address).Deploys.ShouldBeTrue();
        _sent.ShouldNotContain(sent => sent.Destination == _identity.Worker(Some.Address(2)).Address);
    }

    [Fact]
    public async Task What_is_already_closed_is_not_sent_again()
    {
        PutClient(1, ContractPhase.Closed);
        PutClient(2, ContractPhase.Normal);

        await WindUpAsync(Accounts((LedgerSide.Client, 1, 5), (LedgerSide.Client, 2, 5)));

        _sent.ShouldNotContain(sent => sent.Destination == _identity.Client(Some.Address(1)).Address);
    }

    [Fact]
    public async Task A_client_that_only_the_chain_knows_gets_its_refund_before_the_contract_is_closed()
    {
        PutClient(7, ContractPhase.Normal);
        var owner = Some.Address(7);
        var snapshot = new ClientSnapshot(ContractPhase.Normal, default, default, default, default);
        _chain.Receive(_identity.Contract.Address, _identity.Client(owner).Address, new ClientRequest(1, owner, snapshot, null).ToCell());

        await WindUpAsync(Accounts());

        _sent.Select(sent => sent.Voucher.Kind).ShouldBe([VoucherKind.ClientRefund, VoucherKind.ProxyClose, VoucherKind.ProxyCloseComplete]);
    }

    [Fact]
    public async Task A_contract_that_was_never_deployed_or_is_closed_needs_nothing()
    {
        PutProxy(ContractPhase.Closed, null);
        await WindUpAsync(Accounts((LedgerSide.Client, 1, 5)));
        await WindUpAsync(new FormerAccounts(Some.Address(77), null, new HashSet<StateCommit>(), new Dictionary<(LedgerSide, TonAddress), AdjustedTokens>()));
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_without_effect_keeps_the_contract_open_and_is_sent_again_only_after_a_pause()
    {
        PutClient(1, ContractPhase.Normal);
        _deaf = true;
        using var stopping = new CancellationTokenSource();
        var working = Former(Accounts((LedgerSide.Client, 1, 5))).RunAsync(stopping.Token);
        // Two minutes hold one send, the looks for its effect, and no more than the pauses between further ones.
        for (var second = 0; second < 120; second++) await TickAsync(working);
        _sent.Count.ShouldBeInRange(1, 2);
        _sent.ShouldAllBe(sent => sent.Voucher.Kind == VoucherKind.ClientRefund);
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(working);
    }

    [Fact]
    public async Task Data_that_does_not_give_the_contracts_own_address_moves_no_money()
    {
        PutClient(1, ContractPhase.Normal);
        _chain.Set(_identity.Contract.Address, (_identity.Contract.InitialState with { Owner = Some.Address(666) }).ToCell(), code: Some.Parameters.ProxyCode);
        using var stopping = new CancellationTokenSource();
        var working = Former(Accounts((LedgerSide.Client, 1, 5))).RunAsync(stopping.Token);
        for (var second = 0; second < 60; second++) await TickAsync(working);
        _sent.ShouldBeEmpty();
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(working);
    }

    [Fact]
    public async Task A_commit_this_ledger_never_made_stops_it_before_anything_is_sent()
    {
        PutClient(1, ContractPhase.Normal);
        _chain.Receive(_identity.Contract.Address, Wallet, new CommitProxyState(1, 1, Bits256.Random()).ToCell());
        var working = Former(Accounts((LedgerSide.Client, 1, 5))).RunAsync(default);
        for (var second = 0; second < 60; second++) await TickAsync(working);
        (await Should.ThrowAsync<LedgerException>(working)).Message.ShouldContain("newer copy");
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refund_that_came_back_is_given_again_before_the_contract_is_closed()
    {
        PutClient(1, ContractPhase.Closed, balanceTon: 1);

        await WindUpAsync(Accounts((LedgerSide.Client, 1, 5)));

        _sent.Select(sent => sent.Voucher.Kind).ShouldBe([VoucherKind.ClientRefund, VoucherKind.ProxyClose, VoucherKind.ProxyCloseComplete]);
    }

    [Fact]
    public async Task What_the_contract_cannot_pay_is_not_sent_and_keeps_it_open_while_others_are_paid()
    {
        PutClient(1, ContractPhase.Normal, balanceTon: 1000);
        PutClient(2, ContractPhase.Normal, balanceTon: 1);
        using var stopping = new CancellationTokenSource();
        var working = Former(Accounts((LedgerSide.Client, 1, 5), (LedgerSide.Client, 2, 5))).RunAsync(stopping.Token);
        for (var second = 0; second < 3600; second++) await TickAsync(working);
        _sent.Select(sent => sent.Destination).ShouldBe([_identity.Client(Some.Address(2)).Address]);
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(working);
    }

    [Fact]
    public async Task An_owner_that_is_both_client_and_worker_gets_both_its_refund_and_its_payment()
    {
        PutClient(1, ContractPhase.Normal, balanceTon: 1);
        PutWorker(1, paid: 10);

        await WindUpAsync(Accounts((LedgerSide.Client, 1, 5), (LedgerSide.Worker, 1, 500)));

        _sent.Select(sent => sent.Voucher.Kind).ShouldBe(
            [VoucherKind.ClientRefund, VoucherKind.WorkerLastPayout, VoucherKind.ProxyClose, VoucherKind.ProxyCloseComplete]);
    }

    [Fact]
    public async Task An_owner_whose_client_channel_is_closed_already_is_paid_as_a_worker()
    {
        PutClient(1, ContractPhase.Closed);
        PutWorker(1, paid: 10);

        await WindUpAsync(Accounts((LedgerSide.Client, 1, 5), (LedgerSide.Worker, 1, 500)));

        _sent.Select(sent => sent.Voucher.Kind).ShouldBe([VoucherKind.WorkerLastPayout, VoucherKind.ProxyClose, VoucherKind.ProxyCloseComplete]);
    }

    [Fact]
    public async Task The_owners_share_leaves_the_contract_before_it_begins_to_close()
    {
        PutProxy(ContractPhase.Normal, null, shareTon: 3);
        await WindUpAsync(Accounts());
        _shares.ShouldBe(1);
        _sent.Select(sent => sent.Voucher.Kind).ShouldBe([VoucherKind.ProxyClose, VoucherKind.ProxyCloseComplete]);
    }

    [Fact]
    public async Task Clients_that_came_after_the_close_began_are_not_paid_out_of_it_and_do_not_hold_it_up()
    {
        // Its delay began before the fake chain's time of all transactions.
        PutProxy(ContractPhase.Closing, DateTimeOffset.UnixEpoch - TimeSpan.FromSeconds(1) + Some.Parameters.ProxyCloseDelay);
        PutClient(7, ContractPhase.Normal, balanceTon: 1);
        var (owner, snapshot) = (Some.Address(7), new ClientSnapshot(ContractPhase.Normal, default, default, default, default));
        _chain.Receive(_identity.Contract.Address, _identity.Client(owner).Address, new ClientRequest(1, owner, snapshot, null).ToCell());
        _chain.Now = DateTimeOffset.UnixEpoch + Some.Parameters.ProxyCloseDelay;

        await WindUpAsync(Accounts());

        _sent.Select(sent => sent.Voucher.Kind).ShouldBe([VoucherKind.ProxyCloseComplete]);
    }

    private static FormerAccounts Accounts(TonAddress contract, params (LedgerSide Side, int Owner, long Tokens)[] accounts) =>
        new(contract, null, new HashSet<StateCommit>(), accounts.ToDictionary(account => (account.Side, Some.Address(account.Owner)), account => Some.Tokens(account.Tokens)));

    private FormerAccounts Accounts(params (LedgerSide Side, int Owner, long Tokens)[] accounts) => Accounts(_identity.Contract.Address, accounts);

    private (TonAddress Destination, Voucher Voucher, bool Deploys) Sent(TonAddress destination) => _sent.Single(sent => sent.Destination == destination);

    private FormerContract Former(FormerAccounts accounts) =>
        new(accounts, _chain, SendAsync, Wallet, _key, TimeSpan.FromSeconds(1), _time, NullLogger<FormerContract>.Instance);

    private async Task WindUpAsync(FormerAccounts accounts)
    {
        var working = Former(accounts).RunAsync(default);
        for (var second = 0; second < 7200 && !working.IsCompleted; second++) await TickAsync(working);
        await working.WaitAsync(Some.Patience);
    }

    private Task TickAsync(Task working) => _time.PassAsync(TimeSpan.FromSeconds(1), working);

    // What the contracts do with the vouchers, as far as it shows.
    private Task SendAsync(WalletMessage message, CancellationToken cancellationToken)
    {
        if (ContractMessage.Parse(message.Body!) is PayOutProxyShare)
        {
            _shares++;
            PutProxy(ContractPhase.Normal, null);
            return Task.CompletedTask;
        }
        var voucher = Voucher.Load(message.Body!);
        voucher.Verify(voucher.Kind, message.Destination, _key.PublicKey).IsValid.ShouldBeTrue();
        _sent.Add((message.Destination, voucher, message.StateInit is not null));
        if (_deaf)
            return Task.CompletedTask;
        switch (voucher.Kind)
        {
            case VoucherKind.ClientRefund:
                _chain.Set(message.Destination, (_identity.Client(Some.Address(1)).InitialState with { Phase = ContractPhase.Closed }).ToCell());
                break;
            case VoucherKind.WorkerLastPayout:
                _chain.Set(message.Destination, (_identity.Worker(Some.Address(1)).InitialState with { Phase = ContractPhase.Closed, TokensPaid = voucher.Tokens }).ToCell());
                break;
            case VoucherKind.ProxyClose:
                PutProxy(ContractPhase.Closing, DateTimeOffset.UnixEpoch);
                break;
            default:
                PutProxy(ContractPhase.Closed, null);
                break;
        }
        return Task.CompletedTask;
    }

    private void PutProxy(ContractPhase phase, DateTimeOffset? unlock, decimal shareTon = 0)
    {
        var state = _identity.Contract.InitialState with { Phase = phase, UnlockTime = unlock, Balance = Coins.FromTon(shareTon) };
        _chain.Replace(_identity.Contract.Address, state.ToCell(), Some.Parameters.ProxyCode);
    }

    private void PutClient(int number, ContractPhase phase, decimal balanceTon = 0)
    {
        var contract = _identity.Client(Some.Address(number));
        _chain.Set(contract.Address, (contract.InitialState with { Phase = phase, Balance = Coins.FromTon(balanceTon) }).ToCell());
    }

    private void PutWorker(int number, long paid)
    {
        var contract = _identity.Worker(Some.Address(number));
        _chain.Set(contract.Address, (contract.InitialState with { TokensPaid = Some.Tokens(paid) }).ToCell());
    }
}
