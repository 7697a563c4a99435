using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Executor;

/// <summary>A get-method to run.</summary>
/// <param name="Address">The contract's address.</param>
/// <param name="Code">Its code.</param>
/// <param name="Data">Its data.</param>
/// <param name="Balance">Its balance.</param>
/// <param name="MethodId">The method's id: see <see cref="GetMethodId"/>.</param>
/// <param name="Stack">The arguments, the last one on top of the stack.</param>
/// <param name="UnixTime">The chain's time, in seconds since 1970.</param>
/// <param name="RandomSeed">The seed of the contract's random numbers.</param>
/// <param name="GasLimit">How much gas it may use.</param>
public sealed record GetMethodRequest(
    TonAddress Address, Cell Code, Cell Data, Coins Balance,
    int MethodId, ImmutableArray<StackEntry> Stack, uint UnixTime, Bits256 RandomSeed, long GasLimit);
