using System.Buffers.Binary;
using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Devnet.Executor;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Microsoft.Extensions.Logging;

namespace Cocoon.Devnet.Chain;

/// <summary>
/// A local TON chain. Every transaction is a real one, run by TON's own emulator with the gas and fees of the public network. Readers
/// see the last block; a block is on disk before they do. Equal inputs at equal times give equal chains. Safe for concurrent use.
/// </summary>
public sealed partial class DevnetChain : IAsyncDisposable
{
    private const ulong LtStep = 1_000_000;
    private const int MaxMessageBytes = 65_535;
    private const int MaxMessageDepth = 512;
    private const int MaxDeliveryFailures = 3;

    private readonly DevnetOptions _options;
    private readonly ITransactionExecutor _executor;
    private readonly TimeProvider _time;
    private readonly ILogger<DevnetChain> _logger;
    private readonly BlockLog _log;

    // What the last block says; read and replaced under _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<TonAddress, AccountHistory> _accounts = [];
    private readonly List<DevnetBlock> _blocks = [];

    // The block being made; owned by whoever holds _turn.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SortedDictionary<ulong, Cell> _queue = [];
    private readonly List<StoredTransaction> _newTransactions = [];
    private readonly Dictionary<TonAddress, AccountView> _newAccounts = [];
    private ulong _nextLt = LtStep;
    private uint _lastTime;
    private ulong _failingLt;
    private int _failures;

    private DevnetChain(DevnetOptions options, ITransactionExecutor executor, TimeProvider time, ILogger<DevnetChain> logger, BlockLog log)
    {
        _options = options;
        _executor = executor;
        _time = time;
        _logger = logger;
        _log = log;
    }

    /// <summary>The network's number, as the chain configuration has it: the public network's.</summary>
    public const int GlobalId = -239;

    /// <summary>The address of the faucet.</summary>
    public static TonAddress FaucetAddress => FaucetContract.Address;

    /// <summary>The last block.</summary>
    public DevnetBlock LastBlock
    {
        get
        {
            lock (_gate) return _blocks[^1];
        }
    }

    /// <summary>
    /// Opens the chain in the folder, or begins one there. What a crash left unfinished is cut off; the chain goes on after its last
    /// whole block.
    /// </summary>
    /// <param name="options">What it is like.</param>
    /// <param name="executor">Runs the transactions; stays the caller's to dispose.</param>
    /// <param name="time">The chain's clock.</param>
    /// <param name="logger">Where it tells what it does.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="IOException">Another devnet has the folder open.</exception>
    /// <exception cref="InvalidDataException">The chain on disk is damaged.</exception>
    /// <exception cref="ExecutorException">The first block could not be executed.</exception>
    public static async Task<DevnetChain> OpenAsync(
        DevnetOptions options, ITransactionExecutor executor, TimeProvider time, ILogger<DevnetChain> logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        var (log, blocks) = BlockLog.Open(Path.Combine(Path.GetFullPath(options.Folder), "chain.log"));
        var chain = new DevnetChain(options, executor, time, logger, log);
        try
        {
            foreach (var boc in blocks) chain.Replay(boc);
            if (log.BytesCutOff > 0) LogCutOff(logger, log.BytesCutOff, blocks.Count);
            if (blocks.Count == 0) await chain.BeginAsync(cancellationToken).ConfigureAwait(false);
            return chain;
        }
        catch
        {
            await chain.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Makes a block every <see cref="DevnetOptions.BlockInterval"/> until cancelled. A block that fails, whatever the reason, is logged
    /// and tried again at the next tick.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.BlockInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await TickAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    LogBlockFailed(_logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Delivers the messages that wait, as many as fit into a block, and makes the block, even an empty one.</summary>
    /// <exception cref="ExecutorException">
    /// A message could not be executed; it stays first in the queue, and is dropped when that happens to it for the third time.
    /// </exception>
    /// <exception cref="IOException">The block could not be written; its transactions go into the next one.</exception>
    public async Task<DevnetBlock> ProduceBlockAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await MakeBlockAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes an external message: runs it at once on the state so far, into the next block.</summary>
    /// <exception cref="MessageRejectedException">The contract did not accept it, or it is none that the chain takes.</exception>
    /// <exception cref="ExecutorException">It could not be executed; nothing has changed.</exception>
    public async Task SendAsync(Cell externalMessage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(externalMessage);
        var message = CheckExternal(externalMessage);
        if (message == FaucetAddress)
            throw new MessageRejectedException("The faucet takes no external messages; ask the devnet to fund an address instead.");
        await ExecuteExternalAsync(message, externalMessage, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the faucet send <paramref name="amount"/> to an address, which need not exist yet. It arrives with the next block.</summary>
    /// <exception cref="MessageRejectedException">The faucet does not have that much, or the next block is full.</exception>
    public async Task FundAsync(TonAddress address, Coins amount, CancellationToken cancellationToken)
    {
        if (amount == Coins.Zero) throw new MessageRejectedException("The amount is 0; wanted at least 1 nanoTON.");
        var transaction = await ExecuteExternalAsync(FaucetAddress, FaucetContract.Request(address, amount), cancellationToken).ConfigureAwait(false);
        if (transaction.OutMessages.IsEmpty)
            throw new MessageRejectedException($"The faucet could not send {amount}; it has {ReadAccount(FaucetAddress).Balance} left.");
    }

    /// <summary>Runs a get-method on a contract as of the last block.</summary>
    /// <returns>The answer, or null when there is no contract at the address.</returns>
    /// <exception cref="ExecutorException">It could not be run.</exception>
    public async Task<GetMethodResult?> RunGetMethodAsync(
        TonAddress address, int methodId, ImmutableArray<StackEntry> stack, CancellationToken cancellationToken)
    {
        var account = ReadAccount(address);
        if (account.State is not { Code: { } code } state) return null;
        var block = LastBlock;
        var request = new GetMethodRequest(
            address, code, state.Data ?? Cell.Empty, account.Balance, methodId, stack, block.UnixTime, block.RootHash, _options.GetMethodGasLimit);
        return await _executor.RunGetMethodAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The block with a number, or null when it is not there yet.</summary>
    public DevnetBlock? FindBlock(uint seqno)
    {
        lock (_gate) return seqno >= 1 && seqno <= _blocks.Count ? _blocks[(int)seqno - 1] : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            _log.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    internal AccountView ReadAccount(TonAddress address)
    {
        lock (_gate) return _accounts.TryGetValue(address, out var history) ? history.Account : AccountView.None;
    }

    /// <summary>
    /// Up to <paramref name="limit"/> transactions, newest first, from the one with the given logical time or from the newest; null when
    /// there is none with that time.
    /// </summary>
    internal IReadOnlyList<StoredTransaction>? ReadTransactions(TonAddress address, int limit, ulong? fromLt)
    {
        lock (_gate)
        {
            if (!_accounts.TryGetValue(address, out var history)) return fromLt is null ? [] : null;
            var all = history.Transactions;
            var index = all.Count - 1;
            if (fromLt is { } lt)
            {
                index = BinarySearch(all, lt);
                if (index < 0) return null;
            }
            var result = new List<StoredTransaction>(Math.Min(limit, index + 1));
            for (; index >= 0 && result.Count < limit; index--) result.Add(all[index]);
            return result;
        }
    }

    private static int BinarySearch(List<StoredTransaction> all, ulong lt)
    {
        var (low, high) = (0, all.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (all[middle].Lt == lt) return middle;
            if (all[middle].Lt < lt) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    private static TonAddress CheckExternal(Cell cell)
    {
        try
        {
            if (cell.Depth > MaxMessageDepth) throw new CellFormatException($"it is {cell.Depth} cells deep, wanted at most {MaxMessageDepth}");
            var size = BagOfCells.Serialize(cell).Length;
            if (size > MaxMessageBytes) throw new CellFormatException($"it takes {size} bytes, wanted at most {MaxMessageBytes}");
            if (TonMessage.Load(cell) is not ExternalInMessage message)
                throw new CellFormatException("it is not an external inbound one (ext_in_msg_info)");
            return message.Destination;
        }
        catch (CellFormatException e)
        {
            throw new MessageRejectedException($"The cell is no message the chain takes: {e.Message}.");
        }
    }

    private async Task<StoredTransaction> ExecuteExternalAsync(TonAddress account, Cell message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_newTransactions.Count >= _options.MaxTransactionsPerBlock)
                throw new MessageRejectedException(
                    $"The next block already has {_newTransactions.Count} transactions; send the message again after it.");
            var result = await _executor.ExecuteAsync(RequestFor(account, message), cancellationToken).ConfigureAwait(false);
            if (result.Transaction is null)
                throw new MessageRejectedException(
                    $"{result.Rejection}{(result.ExitCode is { } code ? $" (exitcode={code})" : "")}", result.ExitCode);
            return Apply(account, result);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var genesis = FaucetContract.Genesis(_options.FaucetBalance, Now());
        _queue.Add(1, genesis);
        await ProduceBlockAsync(cancellationToken).ConfigureAwait(false);
        if (ReadAccount(FaucetAddress).State is null) throw new InvalidOperationException("The faucet did not come to life in the first block.");
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var idle = _queue.Count == 0 && _newTransactions.Count == 0;
            if (idle && Now() - LastBlock.UnixTime < _options.EmptyBlockInterval.TotalSeconds) return;
            await MakeBlockAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<DevnetBlock> MakeBlockAsync(CancellationToken cancellationToken)
    {
        while (_queue.Count > 0 && _newTransactions.Count < _options.MaxTransactionsPerBlock)
        {
            var (lt, message) = _queue.First();
            var account = ((InternalMessage)TonMessage.Load(message)).Destination;
            var request = RequestFor(account, message);
            try
            {
                var result = await _executor.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
                if (result.Transaction is null) LogDropped(_logger, message.Hash, account, result.Rejection!);
                else Apply(account, result);
            }
            catch (Exception e) when (IsMessageAtFault(e))
            {
                if (CountFailure(lt) < MaxDeliveryFailures) throw;
                LogGivenUp(_logger, message.Hash, account, MaxDeliveryFailures, e);
            }
            _queue.Remove(lt);
        }

        var last = _blocks.Count == 0 ? null : LastBlock;
        var startLt = last?.EndLt ?? LtStep;
        var endLt = (_nextLt + LtStep - 1) / LtStep * LtStep;
        if (endLt == startLt) endLt += LtStep;
        var content = new BlockContent(
            (last?.Seqno ?? 0) + 1, Now(), startLt, endLt, last?.RootHash ?? Bits256.Zero, _newTransactions,
            _newAccounts.ToDictionary(entry => entry.Key, entry => entry.Value.ShardAccount), _queue);
        var root = content.ToCell();
        var boc = BagOfCells.Serialize(root);
        _log.Append(boc);
        var block = Publish(content, root.Hash, Bits256.Sha256(boc));
        _newTransactions.Clear();
        _newAccounts.Clear();
        return block;
    }

    // An executor that cannot run at all says nothing about the message, which waits until somebody mends it.
    private static bool IsMessageAtFault(Exception exception) =>
        exception is not (OperationCanceledException or ObjectDisposedException or IOException or UnauthorizedAccessException
            or ExecutorException { IsUnavailable: true });

    private int CountFailure(ulong lt)
    {
        if (_failingLt != lt) (_failingLt, _failures) = (lt, 0);
        return ++_failures;
    }

    private uint Now()
    {
        _lastTime = Math.Max(_lastTime, checked((uint)_time.GetUtcNow().ToUnixTimeSeconds()));
        return _lastTime;
    }

    private AccountView Current(TonAddress address) => _newAccounts.TryGetValue(address, out var account) ? account : ReadAccount(address);

    private ExecutionRequest RequestFor(TonAddress account, Cell message)
    {
        Span<byte> seed = stackalloc byte[2 * Bits256.Size + 8];
        (_blocks.Count == 0 ? Bits256.Zero : LastBlock.RootHash).CopyTo(seed);
        account.Hash.CopyTo(seed[Bits256.Size..]);
        BinaryPrimitives.WriteUInt64BigEndian(seed[(2 * Bits256.Size)..], _nextLt);
        return new ExecutionRequest(Current(account).ShardAccount, message, Now(), _nextLt, Bits256.Sha256(seed));
    }

    private StoredTransaction Apply(TonAddress address, ExecutionResult result)
    {
        var before = Current(address);
        var transaction = StoredTransaction.Load(result.Transaction!, address.Workchain);
        var after = AccountView.Load(result.ShardAccount!);
        if (transaction.Account != address || transaction.Lt < _nextLt
            || transaction.PreviousLt != before.LastLt || transaction.PreviousHash != before.LastHash
            || after.LastHash != transaction.Cell.Hash || after.LastLt != transaction.Lt)
            throw new ExecutorException(
                $"The executor's transaction at lt {transaction.Lt} of {transaction.Account} does not follow lt {before.LastLt} of {address}.");
        // Everything is read before anything changes: a transaction counts whole or not at all.
        var messages = new Dictionary<ulong, Cell>();
        foreach (var message in transaction.OutMessages)
        {
            if (TonMessage.Load(message) is not InternalMessage { CreatedLt: var lt }) continue;
            if (lt <= transaction.Lt || lt >= transaction.EndLt || !messages.TryAdd(lt, message))
                throw new ExecutorException(
                    $"The executor's transaction at lt {transaction.Lt} of {address} sends one at lt {lt}; wanted one each up to {transaction.EndLt - 1}.");
        }
        foreach (var (lt, message) in messages) _queue.Add(lt, message);
        _newTransactions.Add(transaction);
        _newAccounts[address] = after;
        _nextLt = transaction.EndLt;
        return transaction;
    }

    private DevnetBlock Publish(BlockContent content, Bits256 rootHash, Bits256 fileHash)
    {
        var block = new DevnetBlock(
            content.Seqno, content.UnixTime, content.StartLt, content.EndLt, content.PreviousRootHash, rootHash, fileHash,
            [.. content.Transactions.Select(transaction => new DevnetTransactionId(transaction.Account, transaction.Lt, transaction.Cell.Hash))]);
        lock (_gate)
        {
            foreach (var transaction in content.Transactions)
            {
                if (!_accounts.TryGetValue(transaction.Account, out var history)) _accounts.Add(transaction.Account, history = new AccountHistory());
                history.Transactions.Add(transaction);
            }
            foreach (var (address, account) in content.Accounts) _accounts[address].Account = AccountView.Load(account);
            _blocks.Add(block);
        }
        _nextLt = content.EndLt;
        _lastTime = content.UnixTime;
        return block;
    }

    private void Replay(byte[] boc)
    {
        try
        {
            var root = BagOfCells.Deserialize(boc);
            var content = BlockContent.Load(root);
            var (seqno, hash) = _blocks.Count == 0 ? (1u, Bits256.Zero) : (LastBlock.Seqno + 1, LastBlock.RootHash);
            if (content.Seqno != seqno || content.PreviousRootHash != hash)
                throw new CellFormatException(
                    $"block {content.Seqno} after {content.PreviousRootHash} stands where block {seqno} after {hash} was wanted");
            _queue.Clear();
            foreach (var (lt, message) in content.Queue) _queue.Add(lt, message);
            Publish(content, root.Hash, Bits256.Sha256(boc));
        }
        catch (CellFormatException e)
        {
            throw new InvalidDataException(
                $"The chain in '{_options.Folder}' is damaged: {e.Message}. Remove the folder to begin a new chain.", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cut off {Bytes} bytes of an unfinished write; the chain goes on after block {Block}")]
    private static partial void LogCutOff(ILogger logger, long bytes, int block);

    [LoggerMessage(Level = LogLevel.Error, Message = "No block was made; the next tick tries again")]
    private static partial void LogBlockFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The message {Hash} to {Account} cannot be executed and is dropped: {Reason}")]
    private static partial void LogDropped(ILogger logger, Bits256 hash, TonAddress account, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The message {Hash} to {Account} failed {Times} times and is dropped")]
    private static partial void LogGivenUp(ILogger logger, Bits256 hash, TonAddress account, int times, Exception exception);
}
