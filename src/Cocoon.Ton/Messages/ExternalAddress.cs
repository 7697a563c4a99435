using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>An address outside of the network (TL-B: addr_extern).</summary>
/// <param name="Bits">A cell with its 0 to 511 bits and no references.</param>
public sealed record ExternalAddress(Cell Bits)
{
    /// <summary>Reads an external address or none (TL-B: MsgAddressExt).</summary>
    /// <exception cref="CellFormatException">The bits are neither.</exception>
    public static ExternalAddress? Load(CellSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        var tag = slice.LoadUInt(2);
        if (tag == 0) return null;
        if (tag != 1) throw new CellFormatException($"An external address has the tag {tag}, wanted 1 (addr_extern) or 0 (addr_none).");
        var length = (int)slice.LoadUInt(9);
        Span<byte> bits = stackalloc byte[64];
        slice.LoadBits(bits, length);
        return new ExternalAddress(new CellBuilder().StoreBits(bits, length).Build());
    }

    /// <summary>Writes an external address, or addr_none for null.</summary>
    public static void Store(CellBuilder builder, ExternalAddress? address)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (address is null)
            builder.StoreUInt(0, 2);
        else
            builder.StoreUInt(1, 2).StoreUInt((ulong)address.Bits.BitLength, 9).StoreBits(address.Bits.Bits, address.Bits.BitLength);
    }
}
