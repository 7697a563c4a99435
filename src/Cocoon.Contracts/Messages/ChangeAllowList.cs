using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner changes one of the lists of hashes. Adding what is there, or deleting what is not, changes nothing.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Change">Which list, and which way.</param>
/// <param name="Hash">The image hash, or the model's key.</param>
public sealed record ChangeAllowList(ulong QueryId, AllowListChange Change, Bits256 Hash) : ContractMessage(QueryId)
{
    /// <inheritdoc/>
    public override uint Op => (uint)Change;

    internal static ChangeAllowList Load(AllowListChange change, ulong queryId, CellSlice slice) => new(queryId, change, slice.LoadBits256());

    private protected override void Store(CellBuilder builder) => builder.StoreBits(Hash);
}
