using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Messages;
using Cocoon.Node;
using Cocoon.Node.Wallet;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Worker.Configuration;
using Microsoft.Extensions.Logging;

namespace Cocoon.Worker.Earnings;

/// <summary>Brings a worker's vouchers to the chain: deploys its contract when there is something to be paid, and has it paid.</summary>
internal sealed partial class Cashier(NodeRuntime node, ProxyAccounts accounts, WorkerOptions options, ILogger<Cashier> logger)
{
    private static readonly Coins FormerThreshold = Coins.FromTon(0.1m);

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Looks after earnings until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(options.SettlementIntervalSeconds), node.Time, cancellationToken).ConfigureAwait(false);
            await CashAsync(Coins.FromTon(options.PayoutThresholdTon), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Submits every voucher that is worth at least <paramref name="threshold"/>; returns how many were sent.</summary>
    public async Task<int> CashAsync(Coins threshold, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var sent = 0;
            foreach (var account in accounts.All)
            {
                try
                {
                    if (await CashAsync(account, threshold, cancellationToken).ConfigureAwait(false))
                        sent++;
                }
                catch (Exception exception) when (exception is TonChainException or HttpRequestException or CellFormatException or IOException)
                {
                    LogTrouble(account.Channel.Address, exception.Message);
                }
            }
            return sent;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<bool> CashAsync(ProxyAccount account, Coins threshold, CancellationToken cancellationToken)
    {
        if (account.Voucher is not { Tokens.Value: > 0 } voucher)
            return false;
        var chain = await node.Chain.GetAccountAsync(account.Channel.Address, cancellationToken).ConfigureAwait(false);
        var state = chain.Data is { } data ? WorkerContractState.Decode(data) : account.Channel.InitialState;
        var unpaid = voucher.Tokens - state.TokensPaid;
        var due = unpaid.Value > 0 ? account.Parameters.WorkerFee.Cost(unpaid) : default;
        if (state.Phase != ContractPhase.Normal || due.NanoTon == 0 || due < Least(account, threshold))
            return false;
        await ProxyFunds.RequireAsync(node.Chain, account.ProxyContract, due, cancellationToken).ConfigureAwait(false);
        LogCash(due, account.Channel.Address);
        var sends = new List<Task>();
        if (chain.Data is null)
            sends.Add(node.Wallet.SendAsync(new WalletMessage(account.Channel.Address, MessageValues.Deploy, null, account.Channel.StateInit), cancellationToken));
        var body = voucher.WithExcess(node.Wallet.Address).ToCell();
        sends.Add(node.Wallet.SendAsync(new WalletMessage(account.Channel.Address, MessageValues.WorkerVoucher, body), cancellationToken));
        await Task.WhenAll(sends).ConfigureAwait(false);
        await WaitUntilPaidAsync(account, voucher.Tokens.Value, cancellationToken).ConfigureAwait(false);
        return true;
    }

    // Under former parameters nothing more is earned, so waiting for more is no use; but what is sent must be worth its fees.
    private Coins Least(ProxyAccount account, Coins threshold) =>
        account.Parameters.Version < node.Registry.Current.Registry.Parameters.Version && threshold > FormerThreshold ? FormerThreshold : threshold;

    // One voucher at a time: a second submission of the same one would only cost its fees.
    private async Task WaitUntilPaidAsync(ProxyAccount account, long tokens, CancellationToken cancellationToken)
    {
        for (var looks = 0; looks < 60; looks++)
        {
            await Task.Delay(node.ChainPoll, node.Time, cancellationToken).ConfigureAwait(false);
            try
            {
                var chain = await node.Chain.GetAccountAsync(account.Channel.Address, cancellationToken).ConfigureAwait(false);
                if (chain.Data is { } data && WorkerContractState.Decode(data).TokensPaid.Value >= tokens)
                    return;
            }
            catch (TonChainException exception)
            {
                LogTrouble(account.Channel.Address, exception.Message);
            }
        }
        throw new IOException("the voucher was sent, but the contract has not taken it");
    }

    [LoggerMessage(LogLevel.Information, "Claiming {Amount} through {Contract}")]
    private partial void LogCash(Coins amount, TonAddress contract);

    [LoggerMessage(LogLevel.Warning, "Earnings in {Contract} wait: {Reason}")]
    private partial void LogTrouble(TonAddress contract, string reason);
}
