using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner replaces the codes of the channel contracts.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="ProxyCode">The proxy contract's new code.</param>
/// <param name="WorkerCode">The worker contract's new code.</param>
/// <param name="ClientCode">The client contract's new code.</param>
public sealed record ReplaceContractCodes(ulong QueryId, Cell ProxyCode, Cell WorkerCode, Cell ClientCode) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xa2370f61;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ReplaceContractCodes Load(ulong queryId, CellSlice slice) =>
        new(queryId, slice.LoadReference(), slice.LoadReference(), slice.LoadReference());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreReference(ProxyCode).StoreReference(WorkerCode).StoreReference(ClientCode);
}
