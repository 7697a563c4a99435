using System.Collections.Concurrent;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Node;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.Wallet;
using Cocoon.Proxy.Configuration;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Proxy.Settlement;

/// <summary>
/// Moves money on chain when it is time: announces the ledger's state, charges clients, pays workers, gives closing clients their refund, takes
/// out the proxy's share. Every step is decided anew from the ledger and the chain, and repeating one is harmless, so a kill loses nothing.
/// </summary>
internal sealed partial class Settler(
    NodeRuntime node, ProxyIdentity identity, ProxyLedger ledger, ClientChannels channels, VoucherBook vouchers, ProxyOptions options, ILogger<Settler> logger)
{
    // How long a step that was sent may take to show on chain before it is tried again.
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _underWay = new();
    private readonly TaskSet _steps = new();
    private DateTimeOffset _lastCommit;

    /// <summary>The proxy contract as last read; null before.</summary>
    public ProxyContractState? Contract { get; private set; }

    /// <summary>Looks after money until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromSeconds(options.SettlementIntervalSeconds);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is TonChainException or HttpRequestException or CellFormatException or IOException)
            {
                LogTrouble(exception.Message);
            }
            await Task.Delay(interval, node.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await _steps.WhenEmptyAsync().ConfigureAwait(false);
    }

    /// <summary>Announces the ledger's state on chain, whether or not it is time.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        _lastCommit = node.Time.GetUtcNow();
        var commit = await ledger.BeginCommitAsync().ConfigureAwait(false);
        var body = new CommitProxyState(QueryIds.Next(), commit.Sequence, commit.Session).ToCell();
        await node.Wallet.SendAsync(new WalletMessage(identity.Contract.Address, MessageValues.Notification, body), cancellationToken).ConfigureAwait(false);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (ledger.HasUncommitted && node.Time.GetUtcNow() - _lastCommit >= TimeSpan.FromSeconds(options.CommitIntervalSeconds))
            Begin("commit", CommitAsync, cancellationToken);
        foreach (var client in ledger.Owners(LedgerSide.Client).Union(channels.Closing))
            await LookAtClientAsync(client, cancellationToken).ConfigureAwait(false);
        foreach (var worker in ledger.Owners(LedgerSide.Worker))
            await LookAtWorkerAsync(worker, cancellationToken).ConfigureAwait(false);
        await LookAtShareAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task LookAtClientAsync(TonAddress client, CancellationToken cancellationToken)
    {
        var state = channels.Find(client) ?? await channels.RefreshAsync(client, cancellationToken).ConfigureAwait(false);
        if (state is not { IsOwedRefund: true })
            return;
        if (state.Phase != ContractPhase.Normal)
        {
            if (vouchers.Closing(client) is { } closing)
                Begin($"refund {client}", token => RefundAsync(client, state, closing, token), cancellationToken);
            return;
        }
        var committed = ledger.Read(LedgerSide.Client, client).Committed;
        var unpaid = committed - state.TokensUsed;
        if (unpaid.Value > 0 && identity.Parameters.Price.Cost(unpaid) >= Coins.FromTon(options.ChargeThresholdTon))
            Begin($"charge {client} {committed}", token => SubmitAsync(client, vouchers.Current(LedgerSide.Client, client).ToCell(), token), cancellationToken);
    }

    private async Task RefundAsync(TonAddress client, ClientContractState state, Voucher closing, CancellationToken cancellationToken)
    {
        await ProxyFunds.RequireAsync(node.Chain, identity.Contract.Address, state.RefundAt(closing.Tokens), cancellationToken).ConfigureAwait(false);
        await SubmitAsync(client, closing.ToCell(), cancellationToken).ConfigureAwait(false);
    }

    private async Task SubmitAsync(TonAddress client, Cell voucher, CancellationToken cancellationToken)
    {
        await node.Wallet.SendAsync(new WalletMessage(identity.Client(client).Address, MessageValues.ClientCommand, voucher), cancellationToken).ConfigureAwait(false);
        // The client's contract tells the proxy contract, and that makes the watch read it again.
    }

    private async Task LookAtWorkerAsync(TonAddress worker, CancellationToken cancellationToken)
    {
        var committed = ledger.Read(LedgerSide.Worker, worker).Committed;
        var threshold = Coins.FromTon(options.PayoutThresholdTon);
        var fee = identity.Parameters.WorkerFee;
        if (fee.Cost(committed) < threshold)
            return;
        var account = await node.Chain.GetAccountAsync(identity.Worker(worker).Address, cancellationToken).ConfigureAwait(false);
        if (account.Data is not { } data)
            return;
        var state = WorkerContractState.Decode(data);
        var unpaid = committed - state.TokensPaid;
        if (state.Phase != ContractPhase.Normal || unpaid.Value <= 0 || fee.Cost(unpaid) < threshold)
            return;
        var voucher = vouchers.Current(LedgerSide.Worker, worker);
        Begin(
            $"pay {worker} {voucher.Tokens}",
            async token =>
            {
                await ProxyFunds.RequireAsync(node.Chain, identity.Contract.Address, identity.Parameters.Price.Cost(unpaid), token).ConfigureAwait(false);
                await node.Wallet.SendAsync(new WalletMessage(voucher.Contract, MessageValues.WorkerVoucher, voucher.ToCell()), token).ConfigureAwait(false);
            },
            cancellationToken);
    }

    private async Task LookAtShareAsync(CancellationToken cancellationToken)
    {
        var account = await node.Chain.GetAccountAsync(identity.Contract.Address, cancellationToken).ConfigureAwait(false);
        if (account.Data is not { } data)
            return;
        Contract = ProxyContractState.Decode(data);
        // A contract that closes gives back what clients pay in and is drawn empty: nothing may be served on it.
        if (Contract.Phase != ContractPhase.Normal)
            throw new ConfigurationException($"The proxy contract {identity.Contract.Address} is {Contract.Phase.ToString().ToLowerInvariant()}: it takes no money any more. Start the proxy again: it pays what the contract owes and closes it.");
        if (Contract.Balance.NanoTon == 0 || Contract.Balance < Coins.FromTon(options.WithdrawThresholdTon))
            return;
        Begin($"withdraw {Contract.Balance}", WithdrawAsync, cancellationToken);
    }

    /// <summary>Has the proxy's share paid out to its owner.</summary>
    public Task WithdrawAsync(CancellationToken cancellationToken) =>
        node.Wallet.SendAsync(
            new WalletMessage(identity.Contract.Address, MessageValues.ProxyWithdrawal, new PayOutProxyShare(QueryIds.Next(), node.Wallet.Address).ToCell()),
            cancellationToken);

    private void Begin(string name, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        var now = node.Time.GetUtcNow();
        foreach (var (other, since) in _underWay)
        {
            if (now - since > StepTimeout) _underWay.TryRemove(other, out _);
        }
        if (_underWay.TryAdd(name, now))
            _steps.Add(TakeAsync(name, step, cancellationToken));
    }

    private async Task TakeAsync(string name, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            LogStep(name);
            await step(cancellationToken).ConfigureAwait(false);
            if (name == "commit")
                _underWay.TryRemove(name, out _);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception exception) when (exception is IOException or LedgerException or TonChainException)
        {
            LogTrouble(exception.Message);
            _underWay.TryRemove(name, out _);
        }
    }

    [LoggerMessage(LogLevel.Information, "Settlement: {Step}")]
    private partial void LogStep(string step);

    [LoggerMessage(LogLevel.Warning, "Settlement waits: {Reason}")]
    private partial void LogTrouble(string reason);
}
