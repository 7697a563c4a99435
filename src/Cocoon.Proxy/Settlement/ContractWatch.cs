using Cocoon.Contracts.Messages;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Proxy.Settlement;

/// <summary>
/// Follows the proxy contract's transactions from where the ledger left off: sees the proxy's own state commits, and which channels have changed.
/// A commit that this ledger never made means that a newer copy of it ran elsewhere; then the proxy must not go on.
/// <c>committed</c> hears of the accounts whose committed counter grew, and so whose vouchers are worth more.
/// </summary>
internal sealed partial class ContractWatch(
    ITonChain chain, TonAddress wallet, TimeSpan poll, TimeProvider time, ProxyIdentity identity, ProxyLedger ledger, ClientChannels channels, Registrations registrations,
    Action<IReadOnlyList<(LedgerSide Side, TonAddress Owner)>> committed, ILogger<ContractWatch> logger)
{
    private readonly ProxyNotificationReader _reader = new(identity.Contract.Address, identity.Parameters, identity.Key.PublicKey, wallet);
    private readonly TaskCompletionSource _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Ends when everything has been seen that stood on chain when the watch began. Only then may this process announce a state: an old
    /// copy of the ledger that did so first would lock out the newest one.
    /// </summary>
    public Task Current => _current.Task;

    /// <summary>Ends when the first state commit of this process has been seen on chain.</summary>
    public Task Committed => _committed.Task;

    /// <summary>Follows until it is cancelled.</summary>
    /// <exception cref="LedgerException">The chain knows a newer state than the ledger.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var target = await FindNewestAsync(cancellationToken).ConfigureAwait(false);
        if (target is null || target.Value.Lt <= (ledger.Followed?.Lt ?? 0))
            _current.TrySetResult();
        var follower = new AccountFollower(chain, new AccountFollowerOptions { PollInterval = poll }, time);
        await foreach (var transaction in follower.FollowAsync(identity.Contract.Address, ledger.Followed, cancellationToken).ConfigureAwait(false))
        {
            if (_reader.Read(transaction) is { } notification)
                await SeeAsync(notification, cancellationToken).ConfigureAwait(false);
            await ledger.MarkFollowedAsync(new TransactionId(transaction.Lt, transaction.Hash)).ConfigureAwait(false);
            if (transaction.Lt >= target?.Lt)
                _current.TrySetResult();
        }
    }

    private async Task SeeAsync(ProxyNotification notification, CancellationToken cancellationToken)
    {
        switch (notification)
        {
            case CommitNotification { Commit: var commit }:
                See(new StateCommit(commit.Seqno, commit.SessionHash));
                break;
            case ClientNotification { Request: var request }:
                await ledger.RememberAsync(request.Owner).ConfigureAwait(false);
                await RefreshAsync(request.Owner, cancellationToken).ConfigureAwait(false);
                if (request.Payload is ClientRegistered registered)
                    registrations.Show(request.Owner, registered.Nonce);
                break;
        }
    }

    private void See(StateCommit commit)
    {
        var grown = ledger.ConfirmCommit(commit) ?? throw new LedgerException(
            $"The chain has state commit {commit.Sequence} of session {commit.Session}, this ledger never made it: a newer copy of the ledger ran with this key. Restore the newest copy.");
        LogCommitted(commit.Sequence);
        if (commit.Session == ledger.Session)
            _committed.TrySetResult();
        committed(grown);
    }

    private async Task<TransactionId?> FindNewestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return (await chain.GetAccountAsync(identity.Contract.Address, cancellationToken).ConfigureAwait(false)).LastTransaction;
            }
            catch (Exception exception) when (exception is TonChainException or HttpRequestException)
            {
                LogContractUnreadable(exception.Message);
                await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // The message is only the reason to look: what counts is the contract's own account.
    private async Task RefreshAsync(TonAddress client, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await channels.RefreshAsync(client, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is TonChainException or HttpRequestException or CellFormatException)
            {
                LogUnreadable(client, exception.Message);
                if (exception is CellFormatException)
                    return;
                await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "State commit {Sequence} stands on chain")]
    private partial void LogCommitted(int sequence);

    [LoggerMessage(LogLevel.Warning, "The proxy contract cannot be read: {Reason}")]
    private partial void LogContractUnreadable(string reason);

    [LoggerMessage(LogLevel.Warning, "The channel of client {Client} cannot be read: {Reason}")]
    private partial void LogUnreadable(TonAddress client, string reason);
}
