using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Chain;

/// <summary>
/// What a block holds: its transactions, every account they touched as it is afterwards, and all internal messages still to be
/// delivered. One cell carries it, so that code shared by accounts is stored once and one hash covers everything.
/// </summary>
internal sealed record BlockContent(
    uint Seqno,
    uint UnixTime,
    ulong StartLt,
    ulong EndLt,
    Bits256 PreviousRootHash,
    IReadOnlyList<StoredTransaction> Transactions,
    IReadOnlyDictionary<TonAddress, Cell> Accounts,
    IReadOnlyDictionary<ulong, Cell> Queue)
{
    private const uint Magic = 0x43_44_42_31;
    private const int AddressBits = 8 + 256;
    private const int LtBits = 64;

    public Cell ToCell()
    {
        var transactions = new HashmapE(LtBits);
        foreach (var transaction in Transactions)
            transactions.Set(transaction.Lt, new CellBuilder().StoreInt(transaction.Account.Workchain, 8).StoreReference(transaction.Cell).Build());
        var accounts = new HashmapE(AddressBits);
        foreach (var (address, account) in Accounts)
            accounts.Set(KeyOf(address), new CellBuilder().StoreReference(account).Build());
        var queue = new HashmapE(LtBits);
        foreach (var (lt, message) in Queue)
            queue.Set(lt, new CellBuilder().StoreReference(message).Build());
        return new CellBuilder().StoreUInt(Magic, 32).StoreUInt(Seqno, 32).StoreUInt(UnixTime, 32).StoreUInt(StartLt, 64).StoreUInt(EndLt, 64)
            .StoreBits(PreviousRootHash).StoreDictionary(transactions).StoreDictionary(accounts).StoreDictionary(queue).Build();
    }

    public static BlockContent Load(Cell cell)
    {
        var slice = cell.BeginParse();
        var magic = (uint)slice.LoadUInt(32);
        if (magic != Magic) throw new CellFormatException($"A block starts with {magic:x8}, wanted {Magic:x8}.");
        var (seqno, time) = ((uint)slice.LoadUInt(32), (uint)slice.LoadUInt(32));
        var (startLt, endLt) = (slice.LoadUInt(64), slice.LoadUInt(64));
        var previous = slice.LoadBits256();
        var transactions = new List<StoredTransaction>();
        foreach (var (_, value) in slice.LoadDictionary(LtBits))
        {
            var entry = value.BeginParse();
            transactions.Add(StoredTransaction.Load(entry.LoadReference(), (sbyte)entry.LoadInt(8)));
        }
        var accounts = new Dictionary<TonAddress, Cell>();
        foreach (var (key, value) in slice.LoadDictionary(AddressBits))
            accounts.Add(new TonAddress((sbyte)key.Bits[0], new Bits256(key.Bits[1..])), value.References[0]);
        var queue = new SortedDictionary<ulong, Cell>();
        foreach (var (key, value) in slice.LoadDictionary(LtBits))
            queue.Add(key.ToUInt64(), value.BeginParse().LoadReference());
        slice.EnsureEnd();
        return new BlockContent(seqno, time, startLt, endLt, previous, transactions, accounts, queue);
    }

    private static HashmapKey KeyOf(TonAddress address)
    {
        Span<byte> bits = stackalloc byte[1 + Bits256.Size];
        bits[0] = (byte)address.Workchain;
        address.Hash.CopyTo(bits[1..]);
        return new HashmapKey(bits, AddressBits);
    }
}
