using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Wallet;

/// <summary>What a node wallet holds.</summary>
public sealed record CocoonWalletState
{
    private const uint BlockedBit = 1;

    /// <summary>The number the next external message must carry.</summary>
    public uint Seqno { get; init; }

    /// <summary>The subwallet number, 0 in practice.</summary>
    public uint SubwalletId { get; init; }

    /// <summary>The key that signs external messages.</summary>
    public required Ed25519PublicKey Key { get; init; }

    /// <summary>The status word; its lowest bit says that external messages are refused.</summary>
    public uint Status { get; init; }

    /// <summary>Who may empty, block and command the wallet.</summary>
    public required TonAddress Owner { get; init; }

    /// <summary>Whether the owner has blocked external messages.</summary>
    public bool IsBlocked => (Status & BlockedBit) != 0;

    /// <summary>Reads a wallet's data, to the last bit and reference.</summary>
    /// <exception cref="CellFormatException">The data is anything else.</exception>
    public static CocoonWalletState Decode(Cell data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var slice = data.Open();
        var state = new CocoonWalletState
        {
            Seqno = (uint)slice.LoadUInt(32),
            SubwalletId = (uint)slice.LoadUInt(32),
            Key = new Ed25519PublicKey(slice.LoadBits256()),
            Status = (uint)slice.LoadUInt(32),
            Owner = slice.LoadStdAddress(),
        };
        slice.EnsureEnd();
        return state;
    }

    /// <summary>The wallet's data.</summary>
    public Cell ToCell() => new CellBuilder()
        .StoreUInt(Seqno, 32).StoreUInt(SubwalletId, 32).StoreBits(Key.Bits).StoreUInt(Status, 32).StoreAddress(Owner).Build();
}
