using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>A message from one contract to another (TL-B: int_msg_info). Bounces by default when its receiver fails.</summary>
public sealed record InternalMessage : TonMessage
{
    /// <summary>The sender; null in a message that a contract is yet to send: the network fills it in.</summary>
    public TonAddress? Source { get; init; }

    /// <summary>The receiver.</summary>
    public required TonAddress Destination { get; init; }

    /// <summary>The amount that travels with it.</summary>
    public Coins Value { get; init; }

    /// <summary>The root of the dictionary of other currencies; nearly always null.</summary>
    public Cell? ExtraCurrencies { get; init; }

    /// <summary>Whether the amount comes back when the receiver fails or does not exist.</summary>
    public bool Bounce { get; init; } = true;

    /// <summary>Whether this message itself is such a return.</summary>
    public bool Bounced { get; init; }

    /// <summary>Whether instant hypercube routing is off; the network does not offer it.</summary>
    public bool IhrDisabled { get; init; } = true;

    /// <summary>The fee for instant routing, or the extra flags that later versions of the network keep in its place.</summary>
    public Coins IhrFee { get; init; }

    /// <summary>The forwarding fee that is left.</summary>
    public Coins ForwardFee { get; init; }

    /// <summary>The logical time of its creation; zero in a message that is yet to be sent.</summary>
    public ulong CreatedLt { get; init; }

    /// <summary>When it was created, in Unix seconds; zero in a message that is yet to be sent.</summary>
    public uint CreatedAt { get; init; }

    internal static InternalMessage LoadHeader(CellSlice slice)
    {
        var (ihrDisabled, bounce, bounced) = (slice.LoadBit(), slice.LoadBit(), slice.LoadBit());
        return new InternalMessage
        {
            IhrDisabled = ihrDisabled,
            Bounce = bounce,
            Bounced = bounced,
            Source = slice.LoadAddress(),
            Destination = slice.LoadStdAddress(),
            Value = slice.LoadCoins(),
            ExtraCurrencies = slice.LoadMaybeReference(),
            IhrFee = slice.LoadCoins(),
            ForwardFee = slice.LoadCoins(),
            CreatedLt = slice.LoadUInt(64),
            CreatedAt = (uint)slice.LoadUInt(32),
        };
    }

    private protected override void StoreHeader(CellBuilder builder) => builder
        .StoreBit(false).StoreBit(IhrDisabled).StoreBit(Bounce).StoreBit(Bounced)
        .StoreAddress(Source).StoreAddress(Destination)
        .StoreCoins(Value).StoreMaybeReference(ExtraCurrencies)
        .StoreCoins(IhrFee).StoreCoins(ForwardFee)
        .StoreUInt(CreatedLt, 64).StoreUInt(CreatedAt, 32);
}
