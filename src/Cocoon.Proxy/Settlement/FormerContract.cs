using System.Collections.Concurrent;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Node.Wallet;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Proxy.Settlement;

/// <summary>
/// Winds up a proxy contract that serves nobody any more: gives every client its refund and every worker its last payment, and closes the
/// contract only when nobody is owed anything. What is still to do is decided anew from the chain each time, so it can be killed at any instant.
/// Nothing is sent before all of the contract's history was seen: an old copy of the ledger would pay the wrong amounts.
/// </summary>
internal sealed partial class FormerContract(
    FormerAccounts accounts, ITonChain chain, Func<WalletMessage, CancellationToken, Task> send, TonAddress wallet, Ed25519PrivateKey key,
    TimeSpan poll, TimeProvider time, ILogger<FormerContract> logger)
{
    private static readonly TimeSpan EffectTimeout = TimeSpan.FromMinutes(2);

    private readonly Backoff _pauses = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
    private readonly ConcurrentDictionary<TonAddress, AdjustedTokens> _clients = new(Of(accounts, LedgerSide.Client));
    private readonly IReadOnlyDictionary<TonAddress, AdjustedTokens> _workers = Of(accounts, LedgerSide.Worker).ToDictionary();
    // Clients that were only seen after the contract began to close: it takes no money any more, so nobody owes them any.
    private readonly ConcurrentDictionary<TonAddress, DateTimeOffset> _late = new();
    // The channels whose holders are owed nothing any more; one owner may have both kinds.
    private readonly HashSet<TonAddress> _done = [];
    private ulong _followed = accounts.Followed?.Lt ?? 0;

    /// <summary>Works until the contract is closed or was never deployed.</summary>
    /// <exception cref="LedgerException">The chain knows a newer state than the ledger; nothing was sent.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task? following = null;
        try
        {
            while (true)
            {
                if (following is { IsFaulted: true })
                    await following.ConfigureAwait(false);
                try
                {
                    var account = await chain.GetAccountAsync(accounts.Contract, cancellationToken).ConfigureAwait(false);
                    if (account.Data is not { } data || ProxyContractState.Decode(data) is not { Phase: not ContractPhase.Closed } state)
                        return;
                    var identity = Identify(account, state);
                    following ??= FollowAsync(identity, ending.Token);
                    if (Volatile.Read(ref _followed) < account.LastTransaction?.Lt)
                        LogWaits(accounts.Contract, $"its transactions up to {account.LastTransaction.Value.Lt} have not been seen yet");
                    else if (await TakeStepsAsync(identity, state, account, cancellationToken).ConfigureAwait(false))
                        _pauses.Reset();
                }
                // Nobody else looks after this money, so nothing but its own end may end this loop.
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    LogWaits(accounts.Contract, exception.Message);
                }
                await Task.Delay(_pauses.Next(), time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            if (following is not null)
                await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static IEnumerable<KeyValuePair<TonAddress, AdjustedTokens>> Of(FormerAccounts accounts, LedgerSide side) =>
        accounts.Tokens.Where(account => account.Key.Side == side).Select(account => KeyValuePair.Create(account.Key.Owner, account.Value));

    // The contract's account holds all that its channels follow from; deriving its own address from that shows that nothing is made up.
    private ProxyIdentity Identify(AccountState account, ProxyContractState state)
    {
        var code = account.Code ?? throw new CellFormatException("its account has data and no code");
        var identity = new ProxyIdentity(state.Parameters with { ProxyCode = code }, state.Owner, key, state.Root);
        return identity.Contract.Address == accounts.Contract && state.Key == key.PublicKey
            ? identity
            : throw new CellFormatException($"its data gives the address {identity.Contract.Address} and the key {state.Key}, wanted the key {key.PublicKey}");
    }

    /// <summary>Takes every step that can be taken now; false when there was none.</summary>
    private async Task<bool> TakeStepsAsync(ProxyIdentity identity, ProxyContractState state, AccountState account, CancellationToken cancellationToken)
    {
        var (open, acted) = (0, false);
        var closingSince = state.UnlockTime - state.Parameters.ProxyCloseDelay;
        foreach (var (client, tokens) in _clients)
        {
            if (!_late.TryGetValue(client, out var seenAt) || !(seenAt >= closingSince))
                await SettleAsync(identity.Client(client).Address, contract => RefundAsync(contract, tokens, cancellationToken)).ConfigureAwait(false);
        }
        foreach (var (worker, tokens) in _workers)
        {
            var contract = identity.Worker(worker);
            await SettleAsync(contract.Address, _ => PayAsync(contract, identity.Parameters, tokens, cancellationToken)).ConfigureAwait(false);
        }
        return open > 0 ? acted : await CloseAsync(state, account, cancellationToken).ConfigureAwait(false);

        async Task SettleAsync(TonAddress channel, Func<TonAddress, Task<bool?>> settle)
        {
            if (_done.Contains(channel))
                return;
            try
            {
                if (await settle(channel).ConfigureAwait(false) is not { } moved)
                    _done.Add(channel);
                else
                    (open, acted) = (open + 1, acted | moved);
            }
            // One that cannot be settled now holds up nobody but the close.
            catch (Exception exception) when (exception is IOException or HttpRequestException or CellFormatException)
            {
                open++;
                LogWaits(accounts.Contract, exception.Message);
            }
        }
    }

    /// <summary>Gives a client its refund; null when it is owed nothing, otherwise whether that changed anything.</summary>
    private async Task<bool?> RefundAsync(TonAddress contract, AdjustedTokens tokens, CancellationToken cancellationToken)
    {
        if (await ReadAsync(contract, ClientContractState.Decode, cancellationToken).ConfigureAwait(false) is not { } state || !state.IsOwedRefund)
            return null;
        await ProxyFunds.RequireAsync(chain, accounts.Contract, state.RefundAt(tokens), cancellationToken).ConfigureAwait(false);
        return await TakeAsync(
            new WalletMessage(contract, MessageValues.ClientCommand, Sign(VoucherKind.ClientRefund, tokens, contract)),
            async () => await ReadAsync(contract, ClientContractState.Decode, cancellationToken).ConfigureAwait(false) is { IsOwedRefund: false },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives a worker its last payment; null when it is owed nothing, otherwise whether that changed anything.</summary>
    private async Task<bool?> PayAsync(WorkerContract contract, NetworkParameters parameters, AdjustedTokens tokens, CancellationToken cancellationToken)
    {
        var state = await ReadAsync(contract.Address, WorkerContractState.Decode, cancellationToken).ConfigureAwait(false);
        var unpaid = tokens - (state?.TokensPaid ?? AdjustedTokens.Zero);
        if (state is { Phase: ContractPhase.Closed } || (state is null && parameters.WorkerFee.Cost(tokens) == Coins.Zero))
            return null;
        var due = unpaid.Value > 0 ? parameters.Price.Cost(unpaid) : Coins.Zero;
        await ProxyFunds.RequireAsync(chain, accounts.Contract, due, cancellationToken).ConfigureAwait(false);
        return await TakeAsync(
            new WalletMessage(
                contract.Address, MessageValues.WorkerVoucher, Sign(VoucherKind.WorkerLastPayout, tokens, contract.Address), state is null ? contract.StateInit : null),
            async () => await ReadAsync(contract.Address, WorkerContractState.Decode, cancellationToken).ConfigureAwait(false) is { Phase: ContractPhase.Closed },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next step of the close; false when it has to wait.</summary>
    private async Task<bool> CloseAsync(ProxyContractState state, AccountState account, CancellationToken cancellationToken)
    {
        async Task<ProxyContractState?> NowAsync() => await ReadAsync(accounts.Contract, ProxyContractState.Decode, cancellationToken).ConfigureAwait(false);
        // From the start of the close on anybody could draw on what is left in the contract, so the owner's share leaves it before.
        if (state.Phase == ContractPhase.Normal && state.Balance > Coins.Zero)
        {
            var share = new PayOutProxyShare(QueryIds.Next(), wallet).ToCell();
            return await TakeAsync(
                new WalletMessage(accounts.Contract, MessageValues.ProxyWithdrawal, share), async () => (await NowAsync().ConfigureAwait(false))?.Balance == Coins.Zero, cancellationToken).ConfigureAwait(false);
        }
        if (state.Phase == ContractPhase.Closing && account.SyncedAt < state.UnlockTime)
            return false;
        var kind = state.Phase == ContractPhase.Normal ? VoucherKind.ProxyClose : VoucherKind.ProxyCloseComplete;
        return await TakeAsync(
            new WalletMessage(accounts.Contract, MessageValues.ProxyClose, Sign(kind, AdjustedTokens.Zero, accounts.Contract)),
            async () => (await NowAsync().ConfigureAwait(false))?.Phase > state.Phase, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends one message and waits for its effect; false when the chain does not show it in time.</summary>
    private async Task<bool> TakeAsync(WalletMessage message, Func<Task<bool>> done, CancellationToken cancellationToken)
    {
        LogStep(accounts.Contract, message.Destination);
        await send(message, cancellationToken).ConfigureAwait(false);
        var sent = time.GetTimestamp();
        while (time.GetElapsedTime(sent) < EffectTimeout)
        {
            if (await done().ConfigureAwait(false))
                return true;
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
        }
        LogWaits(accounts.Contract, $"the message to {message.Destination} had no effect");
        return false;
    }

    // Clients may have paid in behind the last transaction that the ledger saw, and a newer copy of the ledger may have announced itself there.
    private async Task FollowAsync(ProxyIdentity identity, CancellationToken cancellationToken)
    {
        var reader = new ProxyNotificationReader(accounts.Contract, identity.Parameters, key.PublicKey, wallet);
        var options = new AccountFollowerOptions { PollInterval = poll, OnFailure = failure => LogWaits(accounts.Contract, failure.Message) };
        var follower = new AccountFollower(chain, options, time);
        await foreach (var transaction in follower.FollowAsync(accounts.Contract, accounts.Followed, cancellationToken).ConfigureAwait(false))
        {
            switch (reader.Read(transaction))
            {
                case ClientNotification { Request.Owner: var client } when _clients.TryAdd(client, AdjustedTokens.Zero):
                    _late[client] = transaction.Time;
                    break;
                case CommitNotification { Commit: var commit } when !accounts.Commits.Contains(new StateCommit(commit.Seqno, commit.SessionHash)):
                    LogNewer(accounts.Contract, commit.Seqno);
                    throw new LedgerException(
                        $"The former proxy contract {accounts.Contract} has state commit {commit.Seqno}, this ledger never made it: a newer copy of the ledger ran with this key. Restore the newest copy.");
            }
            Volatile.Write(ref _followed, transaction.Lt);
        }
    }

    private async Task<T?> ReadAsync<T>(TonAddress address, Func<Cell, T> decode, CancellationToken cancellationToken) where T : class
    {
        var account = await chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false);
        return account.Data is { } data ? decode(data) : null;
    }

    private Cell Sign(VoucherKind kind, AdjustedTokens tokens, TonAddress contract) =>
        Voucher.Sign(kind, QueryIds.Next(), tokens, contract, wallet, key).ToCell();

    [LoggerMessage(LogLevel.Information, "Winding up the former proxy contract {Contract}: sending to {Destination}")]
    private partial void LogStep(TonAddress contract, TonAddress destination);

    [LoggerMessage(LogLevel.Warning, "Winding up the former proxy contract {Contract} waits: {Reason}")]
    private partial void LogWaits(TonAddress contract, string reason);

    [LoggerMessage(LogLevel.Critical, "The former proxy contract {Contract} has state commit {Sequence}, which this ledger never made: it is an old copy, and nothing is paid out")]
    private partial void LogNewer(TonAddress contract, int sequence);
}
