using System.Collections.Concurrent;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
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
/// Winds up a proxy contract of former network parameters: gives every client its refund and every worker its last payment, and closes the
/// contract only when nobody is owed anything. What is still to do is decided anew from the chain each time, so it can be killed at any instant.
/// </summary>
internal sealed partial class FormerContract(
    FormerAccounts accounts, ITonChain chain, Func<WalletMessage, CancellationToken, Task> send, TonAddress wallet, Ed25519PrivateKey key,
    TimeSpan poll, TimeProvider time, ILogger<FormerContract> logger)
{
    private const int LooksForEffect = 60;

    private readonly Backoff _pauses = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
    private readonly ConcurrentDictionary<TonAddress, AdjustedTokens> _clients = new(Of(accounts, LedgerSide.Client));
    private readonly IReadOnlyDictionary<TonAddress, AdjustedTokens> _workers = Of(accounts, LedgerSide.Worker).ToDictionary();
    private ulong _followed = accounts.Followed?.Lt ?? 0;

    /// <summary>Works until the contract is closed or was never deployed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task following = Task.CompletedTask;
        try
        {
            while (true)
            {
                try
                {
                    var account = await chain.GetAccountAsync(accounts.Contract, cancellationToken).ConfigureAwait(false);
                    if (account.Data is not { } data || ProxyContractState.Decode(data) is not { Phase: not ContractPhase.Closed } state)
                        return;
                    var identity = Identify(account, state);
                    if (following.IsCompleted)
                        following = FollowAsync(identity, ending.Token);
                    if (await TakeStepsAsync(identity, state, account, cancellationToken).ConfigureAwait(false))
                        _pauses.Reset();
                }
                catch (Exception exception) when (exception is IOException or HttpRequestException or CellFormatException)
                {
                    LogWaits(accounts.Contract, exception.Message);
                }
                await Task.Delay(_pauses.Next(), time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
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
        foreach (var (client, tokens) in _clients)
        {
            var contract = identity.Client(client).Address;
            if (await ReadAsync(contract, ClientContractState.Decode, cancellationToken).ConfigureAwait(false) is not { Phase: not ContractPhase.Closed })
                continue;
            open++;
            var refund = Sign(VoucherKind.ClientRefund, tokens, contract);
            acted |= await TakeAsync(
                new WalletMessage(contract, MessageValues.RegisterClient, refund),
                async () => await ReadAsync(contract, ClientContractState.Decode, cancellationToken).ConfigureAwait(false) is { Phase: ContractPhase.Closed },
                cancellationToken).ConfigureAwait(false);
        }
        foreach (var (worker, tokens) in _workers)
        {
            var contract = identity.Worker(worker);
            var paid = await ReadAsync(contract.Address, WorkerContractState.Decode, cancellationToken).ConfigureAwait(false);
            if (paid is { Phase: ContractPhase.Closed } || (paid is null && identity.Parameters.WorkerFee.Cost(tokens).NanoTon == 0))
                continue;
            open++;
            var last = Sign(VoucherKind.WorkerLastPayout, tokens, contract.Address);
            acted |= await TakeAsync(
                new WalletMessage(contract.Address, MessageValues.WorkerVoucher, last, paid is null ? contract.StateInit : null),
                async () => await ReadAsync(contract.Address, WorkerContractState.Decode, cancellationToken).ConfigureAwait(false) is { Phase: ContractPhase.Closed },
                cancellationToken).ConfigureAwait(false);
        }
        // A client that the chain shows and this process has not yet seen is owed its refund too.
        if (open > 0 || Volatile.Read(ref _followed) < account.LastTransaction?.Lt)
            return acted;
        if (state.Phase == ContractPhase.Closing && account.SyncedAt < state.UnlockTime)
            return acted;
        var kind = state.Phase == ContractPhase.Normal ? VoucherKind.ProxyClose : VoucherKind.ProxyCloseComplete;
        return await TakeAsync(
            new WalletMessage(accounts.Contract, MessageValues.ProxyWithdrawal, Sign(kind, AdjustedTokens.Zero, accounts.Contract)),
            async () => await ReadAsync(accounts.Contract, ProxyContractState.Decode, cancellationToken).ConfigureAwait(false) is { } now && now.Phase > state.Phase,
            cancellationToken).ConfigureAwait(false) || acted;
    }

    /// <summary>Sends one message and waits for its effect; false when the chain does not show it in time.</summary>
    private async Task<bool> TakeAsync(WalletMessage message, Func<Task<bool>> done, CancellationToken cancellationToken)
    {
        LogStep(accounts.Contract, message.Destination);
        await send(message, cancellationToken).ConfigureAwait(false);
        for (var look = 0; look < LooksForEffect; look++)
        {
            if (await done().ConfigureAwait(false))
                return true;
            await Task.Delay(poll, time, cancellationToken).ConfigureAwait(false);
        }
        LogWaits(accounts.Contract, $"the message to {message.Destination} had no effect");
        return false;
    }

    // Clients may have paid in behind the last transaction that the ledger saw.
    private async Task FollowAsync(ProxyIdentity identity, CancellationToken cancellationToken)
    {
        var reader = new ProxyNotificationReader(accounts.Contract, identity.Parameters, key.PublicKey, wallet);
        var follower = new AccountFollower(chain, new AccountFollowerOptions { PollInterval = poll }, time);
        await foreach (var transaction in follower.FollowAsync(accounts.Contract, accounts.Followed, cancellationToken).ConfigureAwait(false))
        {
            if (reader.Read(transaction) is ClientNotification { Request.Owner: var client })
                _clients.TryAdd(client, AdjustedTokens.Zero);
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
}
