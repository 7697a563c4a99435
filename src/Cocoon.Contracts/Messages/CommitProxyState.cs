using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>
/// A proxy's mark in the history of its own contract: the state numbered <paramref name="Seqno"/> of its database is durable. The
/// contract ignores it; an older copy of the database cannot run past a mark it does not know.
/// </summary>
/// <param name="QueryId">A random number.</param>
/// <param name="Seqno">The number of the state.</param>
/// <param name="SessionHash">Random bits of the process that wrote it.</param>
public sealed record CommitProxyState(ulong QueryId, int Seqno, Bits256 SessionHash) : ContractMessage(QueryId)
{
    internal const uint Tag = 0x53109c0f;

    /// <inheritdoc/>
    public override uint Op => IgnoredMessage.OpCode;

    /// <summary>Reads what follows the operation code; null when it is no such mark.</summary>
    internal static CommitProxyState? TryLoad(CellSlice slice)
    {
        if (slice.RemainingBits != 64 + 32 + 32 + 256 || slice.RemainingReferences != 0)
            return null;
        var queryId = slice.LoadUInt(64);
        return slice.LoadUInt(32) == Tag ? new CommitProxyState(queryId, (int)slice.LoadInt(32), slice.LoadBits256()) : null;
    }

    private protected override void Store(CellBuilder builder) => builder.StoreUInt(Tag, 32).StoreInt(Seqno, 32).StoreBits(SessionHash);
}
