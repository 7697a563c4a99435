using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>
/// One step of an account (TL-B: transaction$0111): the message it took, those it sent, what it cost and how it ended.
/// Ordinary and tick-tock transactions tell their phases; the split and merge kinds, which the network does not use, count as aborted.
/// </summary>
public sealed record TonTransaction
{
    private const int OutMessageKeyBits = 15;
    private const int MaxOutMessages = 1 << OutMessageKeyBits;

    /// <summary>The account.</summary>
    public required TonAddress Account { get; init; }

    /// <summary>The logical time.</summary>
    public required ulong Lt { get; init; }

    /// <summary>The hash of the transaction's cell.</summary>
    public required Bits256 Hash { get; init; }

    /// <summary>The logical time of the account's transaction before; 0 for its first.</summary>
    public required ulong PreviousLt { get; init; }

    /// <summary>The hash of the account's transaction before; zero for its first.</summary>
    public required Bits256 PreviousHash { get; init; }

    /// <summary>The time of its block.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>All fees that the account paid in it (not the forwarding fees that travel with the messages).</summary>
    public required Coins TotalFees { get; init; }

    /// <summary>The message that caused it; null for a tick or a tock.</summary>
    public TonMessage? InMessage { get; init; }

    /// <summary>The messages it sent, in order.</summary>
    public IReadOnlyList<TonMessage> OutMessages { get; init; } = [];

    /// <summary>Whether it changed nothing but balance: the computation or the action phase failed, or the computation was left out.</summary>
    public bool Aborted { get; init; }

    /// <summary>Whether the account's code ran to a good end.</summary>
    public bool ComputeSucceeded { get; init; }

    /// <summary>How the code ended (0 and 1 are good); null when it did not run.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The gas that the code used; 0 when it did not run.</summary>
    public ulong GasUsed { get; init; }

    /// <summary>How the action phase ended (0 is good); null when there was none.</summary>
    public int? ActionResultCode { get; init; }

    /// <summary>Whether the account was deleted at the end.</summary>
    public bool Destroyed { get; init; }

    /// <summary>Reads a transaction from its cell.</summary>
    /// <param name="cell">The root cell.</param>
    /// <param name="workchain">The account's workchain, which the cell itself does not tell.</param>
    /// <exception cref="CellFormatException">The cell is no transaction.</exception>
    public static TonTransaction Load(Cell cell, sbyte workchain = 0)
    {
        ArgumentNullException.ThrowIfNull(cell);
        var slice = Open(cell);
        if (slice.LoadUInt(4) != 0b0111) throw new CellFormatException("A transaction does not start with the bits 0111.");
        var account = new TonAddress(workchain, slice.LoadBits256());
        var lt = slice.LoadUInt(64);
        var previousHash = slice.LoadBits256();
        var previousLt = slice.LoadUInt(64);
        var time = DateTimeOffset.FromUnixTimeSeconds((long)slice.LoadUInt(32));
        var outCount = (int)slice.LoadUInt(OutMessageKeyBits);
        slice.SkipBits(4); // the account's status before and after
        var messages = Open(slice.LoadReference());
        var inMessage = messages.LoadMaybeReference();
        var outMessages = LoadOutMessages(messages, outCount);
        messages.EnsureEnd();
        var fees = LoadCurrencies(slice);
        slice.LoadReference(); // the hashes of the account's state before and after
        return LoadDescription(Open(slice.LoadReference()), new TonTransaction
        {
            Account = account,
            Lt = lt,
            Hash = cell.Hash,
            PreviousLt = previousLt,
            PreviousHash = previousHash,
            Time = time,
            TotalFees = fees,
            InMessage = inMessage is null ? null : TonMessage.Load(inMessage),
            OutMessages = outMessages,
        });
    }

    private static CellSlice Open(Cell cell) => cell.IsExotic
        ? throw new CellFormatException($"A part of a transaction is a cell of kind {cell.Kind}, wanted an ordinary one.")
        : cell.BeginParse();

    private static TonMessage[] LoadOutMessages(CellSlice slice, int count)
    {
        var dictionary = slice.LoadDictionary(OutMessageKeyBits, MaxOutMessages);
        if (dictionary.Count != count) throw new CellFormatException($"A transaction has {dictionary.Count} messages sent, wanted {count}.");
        var messages = new TonMessage[count];
        var index = 0;
        foreach (var (key, value) in dictionary)
        {
            if (key.ToUInt64() != (ulong)index) throw new CellFormatException($"A transaction numbers a message {key.ToUInt64()}, wanted {index}.");
            var leaf = value.BeginParse();
            messages[index++] = TonMessage.Load(leaf.LoadReference());
            leaf.EnsureEnd();
        }
        return messages;
    }

    private static Coins LoadCurrencies(CellSlice slice)
    {
        var coins = slice.LoadCoins();
        slice.LoadMaybeReference();
        return coins;
    }

    private static TonTransaction LoadDescription(CellSlice slice, TonTransaction transaction)
    {
        var tag = slice.LoadUInt(3);
        if (tag > 1) return transaction with { Aborted = true };
        var isOrdinary = tag == 0;
        if (isOrdinary)
        {
            if (slice.LoadBit())
            {
                // The storage phase alone (trans_storage$0001): no code, nothing to fail.
                SkipStoragePhase(slice);
                return transaction;
            }
            slice.SkipBits(1); // whether the credit came first
            if (slice.LoadBit()) SkipStoragePhase(slice);
            if (slice.LoadBit()) SkipCreditPhase(slice);
        }
        else
        {
            slice.SkipBits(1); // tick or tock
            SkipStoragePhase(slice);
        }

        transaction = LoadComputePhase(slice, transaction);
        int? actionResult = slice.LoadBit() ? LoadActionResult(Open(slice.LoadReference())) : null;
        var aborted = slice.LoadBit();
        if (isOrdinary && slice.LoadBit()) SkipBouncePhase(slice);
        var destroyed = slice.LoadBit();
        slice.EnsureEnd();
        return transaction with { ActionResultCode = actionResult, Aborted = aborted, Destroyed = destroyed };
    }

    private static void SkipStoragePhase(CellSlice slice)
    {
        slice.LoadCoins();
        if (slice.LoadBit()) slice.LoadCoins();
        SkipStatusChange(slice);
    }

    private static void SkipCreditPhase(CellSlice slice)
    {
        if (slice.LoadBit()) slice.LoadCoins();
        LoadCurrencies(slice);
    }

    private static void SkipStatusChange(CellSlice slice)
    {
        if (slice.LoadBit()) slice.SkipBits(1);
    }

    private static TonTransaction LoadComputePhase(CellSlice slice, TonTransaction transaction)
    {
        if (!slice.LoadBit())
        {
            // Three reasons for leaving it out take two bits; 11 continues with a third.
            if (slice.LoadUInt(2) == 3) slice.SkipBits(1);
            return transaction;
        }
        var success = slice.LoadBit();
        slice.SkipBits(2); // whether the message's state was used, whether the account came to life
        slice.LoadCoins();
        var details = Open(slice.LoadReference());
        var gasUsed = (ulong)details.LoadVarUInt(7);
        details.LoadVarUInt(7);
        if (details.LoadBit()) details.LoadVarUInt(3);
        details.SkipBits(8);
        return transaction with { ComputeSucceeded = success, GasUsed = gasUsed, ExitCode = (int)details.LoadInt(32) };
    }

    private static int LoadActionResult(CellSlice slice)
    {
        slice.SkipBits(3); // success, valid, no funds
        SkipStatusChange(slice);
        if (slice.LoadBit()) slice.LoadCoins();
        if (slice.LoadBit()) slice.LoadCoins();
        return (int)slice.LoadInt(32);
    }

    private static void SkipBouncePhase(CellSlice slice)
    {
        if (slice.LoadBit())
        {
            SkipMessageSize(slice);
            slice.LoadCoins();
            slice.LoadCoins();
        }
        else if (slice.LoadBit())
        {
            SkipMessageSize(slice);
            slice.LoadCoins();
        }
    }

    private static void SkipMessageSize(CellSlice slice)
    {
        slice.LoadVarUInt(7);
        slice.LoadVarUInt(7);
    }
}
