using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Chain;

/// <summary>A transaction of the chain (TON TL-B <c>Transaction</c>): the cell, and what the chain itself needs to know of it.</summary>
internal sealed record StoredTransaction(
    Cell Cell, TonAddress Account, ulong Lt, Bits256 PreviousHash, ulong PreviousLt, uint UnixTime,
    Cell? InMessage, ImmutableArray<Cell> OutMessages, Coins TotalFees, Cell Description)
{
    private const int MaxOutMessages = 1 << 15;

    /// <summary>The first logical time after the transaction and its messages.</summary>
    public ulong EndLt => Lt + 1 + (ulong)OutMessages.Length;

    /// <param name="cell">The transaction.</param>
    /// <param name="workchain">The workchain of its account, which the transaction does not name.</param>
    public static StoredTransaction Load(Cell cell, sbyte workchain)
    {
        var slice = cell.BeginParse();
        var tag = slice.LoadUInt(4);
        if (tag != 7) throw new CellFormatException($"A transaction starts with {tag}, wanted 7.");
        var account = new TonAddress(workchain, slice.LoadBits256());
        var lt = slice.LoadUInt(64);
        var (previousHash, previousLt) = (slice.LoadBits256(), slice.LoadUInt(64));
        var time = (uint)slice.LoadUInt(32);
        slice.SkipBits(15 + 2 + 2);
        var messages = slice.LoadReference().BeginParse();
        var inMessage = messages.LoadMaybeReference();
        var outMessages = messages.LoadDictionary(15, MaxOutMessages).Select(entry => entry.Value.BeginParse().LoadReference());
        var fees = slice.LoadCoins();
        slice.LoadMaybeReference();
        slice.LoadReference();
        return new StoredTransaction(cell, account, lt, previousHash, previousLt, time, inMessage, [.. outMessages], fees, slice.LoadReference());
    }
}
