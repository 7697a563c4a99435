using Cocoon.Contracts.Economics;

namespace Cocoon.Worker.Earnings;

/// <summary>What a proxy told of a worker's earnings at one point. What it tells after that may not be less.</summary>
/// <param name="Signed">The counter of its voucher.</param>
/// <param name="Stored">Tokens in its database.</param>
/// <param name="Max">Tokens it has counted.</param>
public readonly record struct EarningFigures(AdjustedTokens Signed, AdjustedTokens Stored, AdjustedTokens Max);
