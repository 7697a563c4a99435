using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A node wallet's owner makes it send a message.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Mode">The send mode.</param>
/// <param name="Message">The complete message cell.</param>
public sealed record SendFromWallet(ulong QueryId, byte Mode, Cell Message) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x9c69f376;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static SendFromWallet Load(ulong queryId, CellSlice slice) => new(queryId, (byte)slice.LoadUInt(8), slice.LoadReference());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreUInt(Mode, 8).StoreReference(Message);
}
