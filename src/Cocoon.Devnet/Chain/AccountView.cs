using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Chain;

/// <summary>An account as the chain stores it (TON TL-B <c>ShardAccount</c>), read for those who ask about it.</summary>
internal sealed record AccountView(
    Cell ShardAccount, ulong LastLt, Bits256 LastHash, bool Exists, Coins Balance, StateInit? State, Bits256? FrozenHash)
{
    /// <summary>An address nothing was ever sent to.</summary>
    public static AccountView None { get; } = Load(
        new CellBuilder().StoreReference(new CellBuilder().StoreBit(false).Build()).StoreBits(Bits256.Zero).StoreUInt(0, 64).Build());

    public static AccountView Load(Cell shardAccount)
    {
        var outer = shardAccount.BeginParse();
        var account = outer.LoadReference().BeginParse();
        var (lastHash, lastLt) = (outer.LoadBits256(), outer.LoadUInt(64));
        if (!account.LoadBit()) return new AccountView(shardAccount, lastLt, lastHash, false, Coins.Zero, null, null);
        account.LoadStdAddress();
        SkipStorageInfo(account);
        account.LoadUInt(64);
        var balance = account.LoadCoins();
        account.LoadMaybeReference();
        if (account.LoadBit()) return new AccountView(shardAccount, lastLt, lastHash, true, balance, StateInit.Load(account), null);
        var frozen = account.LoadBit() ? account.LoadBits256() : (Bits256?)null;
        return new AccountView(shardAccount, lastLt, lastHash, true, balance, null, frozen);
    }

    private static void SkipStorageInfo(CellSlice account)
    {
        account.LoadVarUInt(7);
        account.LoadVarUInt(7);
        if (account.LoadUInt(3) == 1) account.LoadBits256();
        account.LoadUInt(32);
        if (account.LoadBit()) account.LoadCoins();
    }
}
