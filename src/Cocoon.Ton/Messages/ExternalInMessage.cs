using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A message from outside of the network to a contract (TL-B: ext_in_msg_info).</summary>
public sealed record ExternalInMessage : TonMessage
{
    /// <summary>Where it says that it comes from; nearly always null.</summary>
    public ExternalAddress? Source { get; init; }

    /// <summary>The receiver.</summary>
    public required TonAddress Destination { get; init; }

    /// <summary>The import fee; always zero today.</summary>
    public Coins ImportFee { get; init; }

    internal static ExternalInMessage LoadHeader(CellSlice slice) => new()
    {
        Source = ExternalAddress.Load(slice),
        Destination = slice.LoadStdAddress(),
        ImportFee = slice.LoadCoins(),
    };

    private protected override void StoreHeader(CellBuilder builder)
    {
        builder.StoreUInt(0b10, 2);
        ExternalAddress.Store(builder, Source);
        builder.StoreAddress(Destination).StoreCoins(ImportFee);
    }
}
