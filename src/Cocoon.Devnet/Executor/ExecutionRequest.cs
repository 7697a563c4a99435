using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Executor;

/// <summary>One message to execute on one account.</summary>
/// <param name="ShardAccount">The account before, as TON TL-B <c>ShardAccount</c>.</param>
/// <param name="Message">The inbound message, as TON TL-B <c>Message Any</c>.</param>
/// <param name="UnixTime">The chain's time, in seconds since 1970.</param>
/// <param name="Lt">The logical time the transaction starts at.</param>
/// <param name="RandomSeed">The seed of the contract's random numbers.</param>
/// <param name="IgnoreSignatures">Takes every signature as valid; only for estimating fees.</param>
public sealed record ExecutionRequest(
    Cell ShardAccount, Cell Message, uint UnixTime, ulong Lt, Bits256 RandomSeed, bool IgnoreSignatures = false);
