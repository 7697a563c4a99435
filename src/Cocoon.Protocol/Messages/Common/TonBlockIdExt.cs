using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>ton.blockIdExt</c>: Names a TON block.</summary>
/// <param name="Workchain">The workchain.</param>
/// <param name="Shard">The shard prefix.</param>
/// <param name="Seqno">The block's number.</param>
/// <param name="RootHash">The block's root cell hash.</param>
/// <param name="FileHash">The block file's hash.</param>
[TlConstructor("ton.blockIdExt")]
public sealed partial record TonBlockIdExt(
    int Workchain,
    long Shard,
    int Seqno,
    ReadOnlyMemory<byte> RootHash,
    ReadOnlyMemory<byte> FileHash);
