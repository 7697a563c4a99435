using Cocoon.Cryptography;

namespace Cocoon.Ton.Chain;

/// <summary>The newest block of the masterchain.</summary>
/// <param name="Seqno">Its sequence number.</param>
/// <param name="RootHash">The hash of its root cell.</param>
/// <param name="FileHash">The hash of its bytes.</param>
public sealed record MasterchainInfo(uint Seqno, Bits256 RootHash, Bits256 FileHash);
