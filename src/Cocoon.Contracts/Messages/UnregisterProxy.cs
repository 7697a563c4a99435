using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner takes a proxy from the list.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Seqno">The proxy's number.</param>
public sealed record UnregisterProxy(ulong QueryId, uint Seqno) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x6d49eaf2;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static UnregisterProxy Load(ulong queryId, CellSlice slice) => new(queryId, (uint)slice.LoadUInt(32));

    private protected override void Store(CellBuilder builder) =>
        builder.StoreUInt(Seqno, 32);
}
