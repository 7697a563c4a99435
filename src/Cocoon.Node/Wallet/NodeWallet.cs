using System.Threading.Channels;
using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Wallet;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Wallet;

/// <summary>
/// A node's own Cocoon wallet: sends messages in the order they were given, up to four in one external message, one external message at a time.
/// Each message is sent once: what is on its way is kept on disk until the chain has it or can no longer take it.
/// </summary>
public sealed partial class NodeWallet : IAsyncDisposable
{
    /// <summary>Below this balance the wallet contract refuses to send: 2 TON and something for fees.</summary>
    public static readonly Coins MinimumBalance = Coins.FromTon(2.1m);

    private const string PendingFile = "wallet.pending";
    private const int MaxMessages = 4;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ExpiryMargin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(20);
    private static readonly Coins FeeReserve = Coins.FromTon(0.1m);

    private readonly CocoonWallet _wallet;
    private readonly Ed25519PrivateKey _key;
    private readonly ITonChain _chain;
    private readonly StateFolder _folder;
    private readonly TimeProvider _time;
    private readonly TimeSpan _poll;
    private readonly ILogger _logger;
    private readonly Channel<Order> _orders = Channel.CreateBounded<Order>(256);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sending;

    /// <summary>Opens the wallet of <paramref name="key"/>, which it takes over, and starts sending.</summary>
    public NodeWallet(Ed25519PrivateKey key, TonAddress owner, ITonChain chain, StateFolder folder, TimeSpan poll, TimeProvider time, ILoggerFactory loggers)
    {
        _key = key;
        _wallet = new CocoonWallet(ContractCodes.Wallet, key.PublicKey, owner);
        _chain = chain;
        _folder = folder;
        _poll = poll;
        _time = time;
        _logger = loggers.CreateLogger<NodeWallet>();
        _sending = SendLoopAsync(_stopping.Token);
    }

    /// <summary>The wallet's address.</summary>
    public TonAddress Address => _wallet.Address;

    /// <summary>The balance when it was last looked at, in nanoTON.</summary>
    public Coins Balance { get; private set; }

    /// <summary>
    /// Sends a message; ends when the wallet's transaction that sent it stands on chain. One that is cancelled while it waits for its turn is
    /// not sent; afterwards cancelling only ends the wait.
    /// </summary>
    /// <exception cref="IOException">The wallet refused or failed to send it; the message says why.</exception>
    public async Task SendAsync(WalletMessage message, CancellationToken cancellationToken)
    {
        var order = new Order(message, cancellationToken);
        await _orders.Writer.WriteAsync(order, cancellationToken).ConfigureAwait(false);
        await order.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the wallet holds at least <paramref name="amount"/> nanoTON, logging what is missing.</summary>
    public Task WaitForBalanceAsync(Coins amount, CancellationToken cancellationToken) => ReadWhenFundedAsync(amount, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        _orders.Writer.TryComplete();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_orders.Reader.TryRead(out var order)) order.Done.TrySetCanceled(CancellationToken.None);
        _key.Dispose();
        _stopping.Dispose();
    }

    private async Task SendLoopAsync(CancellationToken cancellationToken)
    {
        await TryReadAsync(cancellationToken).ConfigureAwait(false);
        await FinishPendingAsync(cancellationToken).ConfigureAwait(false);
        var batch = new List<Order>();
        while (await _orders.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MaxMessages && _orders.Reader.TryRead(out var order))
            {
                if (order.Cancellation.IsCancellationRequested)
                    order.Done.TrySetCanceled(order.Cancellation);
                else
                    batch.Add(order);
            }
            if (batch.Count == 0)
                continue;
            try
            {
                await SendBatchAsync(batch, cancellationToken).ConfigureAwait(false);
                foreach (var order in batch) order.Done.TrySetResult();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                foreach (var order in batch) order.Done.TrySetCanceled(CancellationToken.None);
                throw;
            }
            // Whatever is wrong with one batch, those after it must still be sent.
            catch (Exception exception)
            {
                foreach (var order in batch) order.Done.TrySetException(new IOException(exception.Message, exception));
                await FinishPendingAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SendBatchAsync(List<Order> batch, CancellationToken cancellationToken)
    {
        var total = batch.Aggregate(FeeReserve, (sum, order) => sum + order.Message.Value);
        var needed = total > MinimumBalance ? total : MinimumBalance;
        while (true)
        {
            var account = await ReadWhenFundedAsync(needed, cancellationToken).ConfigureAwait(false);
            var state = account.Data is { } data ? CocoonWalletState.Decode(data) : null;
            if (state is { IsBlocked: true })
                throw new IOException($"The wallet {Address} is blocked by its owner; have the owner unblock it.");
            var seqno = state?.Seqno ?? 0;
            // The chain's clock alone says until when a message is good; this machine's may differ from it.
            var validUntil = account.SyncedAt + Lifetime;
            var external = _wallet.CreateExternalMessage(
                _key, seqno, validUntil, [.. batch.Select(order => ToOutgoing(order.Message))], includeStateInit: state is null);
            var pending = new PendingMessage(external, seqno, validUntil);
            _folder.WriteAtomically(PendingFile, pending.ToBytes());
            var outcome = await DeliverAsync(pending, cancellationToken).ConfigureAwait(false);
            File.Delete(_folder.File(PendingFile));
            if (outcome.Failure is { } failure)
                throw new IOException(failure);
            if (outcome.Sent)
                return;
            // It expired, or another holder of the key took its number: it can never be executed now, so it is safe to write it anew.
            LogAgain(seqno);
        }
    }

    // A message that is still on its way is first seen through, so that its orders are not given twice.
    private async Task FinishPendingAsync(CancellationToken cancellationToken)
    {
        var path = _folder.File(PendingFile);
        if (!File.Exists(path))
            return;
        try
        {
            var pending = PendingMessage.FromBytes(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
            if (await DeliverAsync(pending, cancellationToken).ConfigureAwait(false) is { Failure: { } failure })
                LogPendingLost(failure);
        }
        catch (Exception exception) when (exception is CellFormatException or IOException)
        {
            LogPendingLost(exception.Message);
        }
        File.Delete(path);
    }

    /// <summary>Sends until the chain has it or can no longer take it.</summary>
    private async Task<Outcome> DeliverAsync(PendingMessage pending, CancellationToken cancellationToken)
    {
        DateTimeOffset? sentAt = null;
        TransactionId? looked = null;
        string? failure = null;
        while (true)
        {
            // A failed one may still succeed when somebody sends it again, so it is not, and its end is awaited.
            if (failure is null && (sentAt is null || _time.GetUtcNow() - sentAt > ResendAfter))
            {
                await TrySendAsync(pending.Message, cancellationToken).ConfigureAwait(false);
                sentAt = _time.GetUtcNow();
            }
            if (await TryReadAsync(cancellationToken).ConfigureAwait(false) is { } account)
            {
                var passed = account.Data is { } data && CocoonWalletState.Decode(data).Seqno > pending.Seqno;
                var known = account.LastTransaction == looked;
                if (!known && await TryFindAsync(pending, account, cancellationToken).ConfigureAwait(false) is { } search)
                {
                    known = true;
                    looked = account.LastTransaction;
                    if (search.Found is { } found && (found.Aborted || found.ActionResultCode is not (null or 0)))
                    {
                        failure = $"The wallet's transaction {found.Hash} could not send its messages (exit {found.ExitCode}, action result {found.ActionResultCode});"
                            + " is its balance enough?";
                    }
                    else if (search.Found is { } executed)
                    {
                        // The contract leaves out what it cannot send, so that its number always moves on.
                        var missing = pending.MessageCount - executed.OutMessages.Count;
                        return new Outcome(true, missing == 0 ? null : $"The wallet's transaction {executed.Hash} left out {missing} of its {pending.MessageCount} messages; is its balance enough?");
                    }
                }
                // The chain's clock decides what is too late; leave it a margin.
                if (known && (passed || account.SyncedAt > pending.ValidUntil + ExpiryMargin))
                    return new Outcome(false, failure);
            }
            await Task.Delay(_poll, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks for the newest transaction that took the message; null when the history cannot be read now.</summary>
    private async Task<Search?> TryFindAsync(PendingMessage pending, AccountState account, CancellationToken cancellationToken)
    {
        try
        {
            var from = account.LastTransaction;
            while (from is not null)
            {
                var page = await _chain.GetTransactionsAsync(Address, 16, from, cancellationToken).ConfigureAwait(false);
                if (page.Count == 0)
                    throw new TonChainException($"the server has no transaction {from.Value.Lt} of account {Address}");
                foreach (var transaction in page)
                {
                    if (transaction.InMessage is ExternalInMessage external && external.Body.Hash == pending.BodyHash)
                        return new Search(transaction);
                    if (transaction.Time < pending.ValidUntil - Lifetime - Lifetime)
                        return new Search(null);
                }
                var oldest = page[^1];
                from = oldest.PreviousLt == 0 ? null : new TransactionId(oldest.PreviousLt, oldest.PreviousHash);
            }
            return new Search(null);
        }
        catch (Exception exception) when (IsChainTrouble(exception))
        {
            LogUnreadable(exception.Message);
            return null;
        }
    }

    private async Task<AccountState> ReadWhenFundedAsync(Coins amount, CancellationToken cancellationToken)
    {
        var told = false;
        while (true)
        {
            if (await TryReadAsync(cancellationToken).ConfigureAwait(false) is { } account)
            {
                if (account.Balance >= amount)
                    return account;
                if (!told)
                    LogPoor(Address.ToFriendly(bounceable: false, testnet: false), account.Balance, amount);
                told = true;
            }
            await Task.Delay(_poll, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TrySendAsync(Cell message, CancellationToken cancellationToken)
    {
        try
        {
            await _chain.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsChainTrouble(exception))
        {
            LogNotTaken(exception.Message);
        }
    }

    private async Task<AccountState?> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var account = await _chain.GetAccountAsync(Address, cancellationToken).ConfigureAwait(false);
            if (account.Data is { } data)
                _ = CocoonWalletState.Decode(data);
            Balance = account.Balance;
            return account;
        }
        catch (Exception exception) when (IsChainTrouble(exception))
        {
            LogUnreadable(exception.Message);
            return null;
        }
    }

    private static bool IsChainTrouble(Exception exception) => exception is TonChainException or HttpRequestException or CellFormatException;

    // Fees are paid apart only for notifications, whose single nanoTON could not pay for anything.
    private static OutgoingMessage ToOutgoing(WalletMessage message) =>
        new(
            new InternalMessage
            {
                Bounce = message.StateInit is null,
                Destination = message.Destination,
                Value = message.Value,
                StateInit = message.StateInit,
                Body = message.Body ?? Cell.Empty,
            }.ToCell(),
            message.Value.NanoTon > 1 ? (byte)0 : (byte)1);

    private readonly record struct Outcome(bool Sent, string? Failure);

    private readonly record struct Search(TonTransaction? Found);

    private sealed class Order(WalletMessage message, CancellationToken cancellation)
    {
        public WalletMessage Message { get; } = message;

        public CancellationToken Cancellation { get; } = cancellation;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(LogLevel.Warning, "The wallet {Address} holds {Balance}, {Needed} are needed: send TON to it")]
    private partial void LogPoor(string address, Coins balance, Coins needed);

    [LoggerMessage(LogLevel.Warning, "The wallet's message number {Seqno} was not executed; it is written anew")]
    private partial void LogAgain(uint seqno);

    [LoggerMessage(LogLevel.Warning, "What the wallet was sending cannot be read back: {Reason}")]
    private partial void LogPendingLost(string reason);

    [LoggerMessage(LogLevel.Warning, "The chain did not take the wallet's message: {Reason}")]
    private partial void LogNotTaken(string reason);

    [LoggerMessage(LogLevel.Warning, "The wallet's account cannot be read: {Reason}")]
    private partial void LogUnreadable(string reason);
}
