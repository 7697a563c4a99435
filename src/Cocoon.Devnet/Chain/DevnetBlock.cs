using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Devnet.Chain;

/// <summary>A block. The devnet has one line of blocks, which stands for the masterchain and for the one shard of the base chain.</summary>
/// <param name="Seqno">Its number: 1, 2, 3 and so on.</param>
/// <param name="UnixTime">When it was closed, in seconds since 1970.</param>
/// <param name="StartLt">The first logical time of its transactions.</param>
/// <param name="EndLt">The first logical time after it.</param>
/// <param name="PreviousRootHash">The root hash of the block before; zero for the first.</param>
/// <param name="RootHash">The hash of its root cell.</param>
/// <param name="FileHash">The SHA-256 of its bytes.</param>
/// <param name="Transactions">Its transactions in the order they happened.</param>
public sealed record DevnetBlock(
    uint Seqno, uint UnixTime, ulong StartLt, ulong EndLt,
    Bits256 PreviousRootHash, Bits256 RootHash, Bits256 FileHash, ImmutableArray<DevnetTransactionId> Transactions);
