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

    /// <summary>Sends a message; ends when the wallet's transaction that sent it stands on chain.</summary>
    /// <exception cref="IOException">The wallet refused or failed to send it; the message says why.</exception>
    public async Task SendAsync(WalletMessage message, CancellationToken cancellationToken)
    {
        var order = new Order(message);
        await _orders.Writer.WriteAsync(order, cancellationToken).ConfigureAwait(false);
        await order.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the wallet holds at least <paramref name="amount"/> nanoTON, logging what is missing.</summary>
    public async Task WaitForBalanceAsync(Coins amount, CancellationToken cancellationToken)
    {
        var told = false;
        while (true)
        {
            var account = await TryReadAsync(cancellationToken).ConfigureAwait(false);
            if (account is not null && account.Balance >= amount)
                return;
            if (!told)
                LogPoor(Address.ToFriendly(bounceable: false, testnet: false), account?.Balance ?? default, amount);
            told = true;
            await Task.Delay(_poll, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _orders.Writer.TryComplete();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_orders.Reader.TryRead(out var order)) order.Done.TrySetCanceled(CancellationToken.None);
        _key.Dispose();
        _stopping.Dispose();
    }

    private async Task SendLoopAsync(CancellationToken cancellationToken)
    {
        await FinishPendingAsync(cancellationToken).ConfigureAwait(false);
        var batch = new List<Order>();
        while (await _orders.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MaxMessages && _orders.Reader.TryRead(out var order)) batch.Add(order);
            try
            {
                await SendBatchAsync(batch, cancellationToken).ConfigureAwait(false);
                foreach (var order in batch) order.Done.TrySetResult();
            }
            catch (OperationCanceledException)
            {
                foreach (var order in batch) order.Done.TrySetCanceled(CancellationToken.None);
                throw;
            }
            catch (IOException exception)
            {
                foreach (var order in batch) order.Done.TrySetException(new IOException(exception.Message, exception));
            }
        }
    }

    private async Task SendBatchAsync(List<Order> batch, CancellationToken cancellationToken)
    {
        var total = batch.Aggregate(FeeReserve, (sum, order) => sum + order.Message.Value);
        while (true)
        {
            var needed = total > MinimumBalance ? total : MinimumBalance;
            await WaitForBalanceAsync(needed, cancellationToken).ConfigureAwait(false);
            var account = await TryReadAsync(cancellationToken).ConfigureAwait(false);
            if (account is null)
                continue;
            var seqno = account.Data is { } data ? CocoonWalletState.Decode(data).Seqno : 0;
            var validUntil = _time.GetUtcNow() + Lifetime;
            var external = _wallet.CreateExternalMessage(
                _key, seqno, validUntil, [.. batch.Select(order => ToOutgoing(order.Message))], includeStateInit: account.Data is null);
            var pending = new PendingMessage(external, seqno, validUntil);
            _folder.WriteAtomically(PendingFile, pending.ToBytes());
            var sent = await DeliverAsync(pending, cancellationToken).ConfigureAwait(false);
            File.Delete(_folder.File(PendingFile));
            if (sent)
                return;
            // It expired, or another holder of the key took its number: it can never be executed now, so it is safe to write it anew.
            LogAgain(seqno);
        }
    }

    // A message that an earlier process left on its way is first seen through, so that its orders are not given twice.
    private async Task FinishPendingAsync(CancellationToken cancellationToken)
    {
        var path = _folder.File(PendingFile);
        if (!File.Exists(path))
            return;
        try
        {
            await DeliverAsync(PendingMessage.FromBytes(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false)), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is CellFormatException or IOException)
        {
            LogPendingLost(exception.Message);
        }
        File.Delete(path);
    }

    /// <summary>Sends until the chain has it (true) or can no longer take it (false).</summary>
    private async Task<bool> DeliverAsync(PendingMessage pending, CancellationToken cancellationToken)
    {
        DateTimeOffset? sentAt = null;
        while (true)
        {
            if (sentAt is null || _time.GetUtcNow() - sentAt > ResendAfter)
            {
                await TrySendAsync(pending.Message, cancellationToken).ConfigureAwait(false);
                sentAt = _time.GetUtcNow();
            }
            var account = await TryReadAsync(cancellationToken).ConfigureAwait(false);
            if (account?.Data is { } data && CocoonWalletState.Decode(data).Seqno > pending.Seqno)
                return await WasExecutedAsync(pending, account, cancellationToken).ConfigureAwait(false);
            // The chain's clock decides what is too late; leave it a margin.
            if (account is not null && account.SyncedAt > pending.ValidUntil + TimeSpan.FromSeconds(30))
                return false;
            await Task.Delay(_poll, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> WasExecutedAsync(PendingMessage pending, AccountState account, CancellationToken cancellationToken)
    {
        var from = account.LastTransaction;
        while (from is not null)
        {
            var page = await _chain.GetTransactionsAsync(Address, 16, from, cancellationToken).ConfigureAwait(false);
            foreach (var transaction in page)
            {
                if (transaction.InMessage is not ExternalInMessage external)
                    continue;
                if (external.Body.Hash == pending.BodyHash)
                {
                    if (transaction.ActionResultCode is { } code and not 0)
                        throw new IOException($"The wallet's transaction {transaction.Hash} could not send its messages (action result {code}); is its balance enough?");
                    return true;
                }
                if (transaction.Time < pending.ValidUntil - Lifetime - Lifetime)
                    return false;
            }
            from = page.Count == 0 || page[^1].PreviousLt == 0 ? null : new TransactionId(page[^1].PreviousLt, page[^1].PreviousHash);
        }
        return false;
    }

    private async Task TrySendAsync(Cell message, CancellationToken cancellationToken)
    {
        try
        {
            await _chain.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TonChainException or HttpRequestException)
        {
            LogNotTaken(exception.Message);
        }
    }

    private async Task<AccountState?> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var account = await _chain.GetAccountAsync(Address, cancellationToken).ConfigureAwait(false);
            Balance = account.Balance;
            return account;
        }
        catch (Exception exception) when (exception is TonChainException or HttpRequestException or CellFormatException)
        {
            LogUnreadable(exception.Message);
            return null;
        }
    }

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

    private sealed class Order(WalletMessage message)
    {
        public WalletMessage Message { get; } = message;

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
