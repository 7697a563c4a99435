using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>What a client contract asks its proxy contract to do.</summary>
public abstract record ClientRequestPayload
{
    private protected ClientRequestPayload()
    {
    }

    /// <summary>The operation code.</summary>
    public abstract uint Op { get; }

    /// <summary>Reads a payload, to the last bit and reference.</summary>
    /// <exception cref="CellFormatException">The cell is anything else.</exception>
    public static ClientRequestPayload Decode(Cell payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var slice = payload.Open();
        var op = (uint)slice.LoadUInt(32);
        ClientRequestPayload read = op switch
        {
            ClientToppedUp.OpCode => new ClientToppedUp(slice.LoadCoins(), slice.LoadReceiver()),
            ClientRegistered.OpCode => new ClientRegistered(slice.LoadUInt(64)),
            ClientRefundGranted.OpCode => new ClientRefundGranted(slice.LoadCoins(), slice.LoadReceiver()),
            ClientRefundForced.OpCode => new ClientRefundForced(slice.LoadCoins(), slice.LoadReceiver()),
            _ => throw new CellFormatException($"The payload of a client's request is {op:x8}, which is none of the four known."),
        };
        slice.EnsureEnd();
        return read;
    }

    /// <summary>The payload.</summary>
    public Cell ToCell()
    {
        var builder = new CellBuilder().StoreUInt(Op, 32);
        Store(builder);
        return builder.Build();
    }

    private protected abstract void Store(CellBuilder builder);
}
