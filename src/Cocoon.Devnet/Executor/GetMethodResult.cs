using System.Collections.Immutable;

namespace Cocoon.Devnet.Executor;

/// <summary>What a get-method answered.</summary>
/// <param name="ExitCode">0 or 1 for success, as TVM has it; 11 when the contract has no such method.</param>
/// <param name="GasUsed">Gas used.</param>
/// <param name="Stack">The values left, the last one on top of the stack.</param>
public sealed record GetMethodResult(int ExitCode, long GasUsed, ImmutableArray<StackEntry> Stack);
