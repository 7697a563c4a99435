using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A message from a contract to the outside, such as an event (TL-B: ext_out_msg_info).</summary>
public sealed record ExternalOutMessage : TonMessage
{
    /// <summary>The sender; null in a message that a contract is yet to send.</summary>
    public TonAddress? Source { get; init; }

    /// <summary>Where it says that it goes.</summary>
    public ExternalAddress? Destination { get; init; }

    /// <summary>The logical time of its creation.</summary>
    public ulong CreatedLt { get; init; }

    /// <summary>When it was created, in Unix seconds.</summary>
    public uint CreatedAt { get; init; }

    internal static ExternalOutMessage LoadHeader(CellSlice slice) => new()
    {
        Source = slice.LoadAddress(),
        Destination = ExternalAddress.Load(slice),
        CreatedLt = slice.LoadUInt(64),
        CreatedAt = (uint)slice.LoadUInt(32),
    };

    private protected override void StoreHeader(CellBuilder builder)
    {
        builder.StoreUInt(0b11, 2).StoreAddress(Source);
        ExternalAddress.Store(builder, Destination);
        builder.StoreUInt(CreatedLt, 64).StoreUInt(CreatedAt, 32);
    }
}
