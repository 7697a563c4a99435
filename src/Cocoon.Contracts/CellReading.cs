using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts;

internal static class CellReading
{
    /// <summary>Starts to read a cell whose bits are plain data; an exotic cell's are not.</summary>
    public static CellSlice Open(this Cell cell) => cell.Kind == CellKind.Ordinary ? cell.BeginParse()
        : throw new CellFormatException($"Found a cell of kind {cell.Kind}, wanted an ordinary one.");

    public static AdjustedTokens LoadTokens(this CellSlice slice)
    {
        var value = slice.LoadUInt(64);
        return value <= long.MaxValue ? new AdjustedTokens((long)value)
            : throw new CellFormatException($"A token counter is {value}, wanted less than 2^63.");
    }

    public static ContractPhase LoadPhase(this CellSlice slice)
    {
        var value = slice.LoadUInt(2);
        return value <= (ulong)ContractPhase.Closed ? (ContractPhase)value
            : throw new CellFormatException($"A contract's state is {value}, wanted 0 to 2.");
    }

    /// <summary>Unix seconds in 32 bits; zero stands for no time.</summary>
    public static DateTimeOffset? LoadTime(this CellSlice slice) =>
        slice.LoadUInt(32) is var seconds and not 0 ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;

    public static CellBuilder StoreTokens(this CellBuilder builder, AdjustedTokens tokens) => builder.StoreUInt(checked((ulong)tokens.Value), 64);

    public static CellBuilder StorePhase(this CellBuilder builder, ContractPhase phase) => builder.StoreUInt((ulong)phase, 2);

    public static CellBuilder StoreTime(this CellBuilder builder, DateTimeOffset? time) =>
        builder.StoreUInt(checked((ulong)(time?.ToUnixTimeSeconds() ?? 0)), 32);

    public static TokenPrice LoadPrice(this CellSlice slice)
    {
        var price = slice.LoadCoins().NanoTon;
        return price <= ulong.MaxValue ? new TokenPrice((ulong)price)
            : throw new CellFormatException($"A price per token is {price} nanoTON, more than 64 bits hold.");
    }

    public static CellBuilder StorePrice(this CellBuilder builder, TokenPrice price) => builder.StoreCoins(new Coins(price.NanoTon));

    public static TimeSpan LoadDelay(this CellSlice slice) => TimeSpan.FromSeconds((long)slice.LoadUInt(32));

    public static CellBuilder StoreDelay(this CellBuilder builder, TimeSpan delay) =>
        builder.StoreUInt(checked((ulong)(delay.Ticks / TimeSpan.TicksPerSecond)), 32);

    /// <summary>
    /// A receiver somebody unknown named: the contracts pass on any form of address (TL-B: MsgAddress), and one that is no plain address in a
    /// workchain must not hide the message that names it. Such forms give null.
    /// </summary>
    public static TonAddress? LoadReceiver(this CellSlice slice)
    {
        switch (slice.LoadUInt(2))
        {
            case 0b00:
                return null;
            case 0b01:
                slice.SkipBits((int)slice.LoadUInt(9));
                return null;
            case 0b10:
                var isPlain = SkipAnycast(slice);
                var address = new TonAddress((sbyte)slice.LoadInt(8), slice.LoadBits256());
                return isPlain ? address : null;
            default:
                SkipAnycast(slice);
                var bits = (int)slice.LoadUInt(9);
                slice.SkipBits(32 + bits);
                return null;
        }
    }

    private static bool SkipAnycast(CellSlice slice)
    {
        if (!slice.LoadBit())
            return true;
        slice.SkipBits((int)slice.LoadUInt(5));
        return false;
    }
}
