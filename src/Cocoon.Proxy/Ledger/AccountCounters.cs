using Cocoon.Contracts.Economics;

namespace Cocoon.Proxy.Ledger;

/// <summary>What the ledger knows of one account, in adjusted tokens since its channel began. Always Committed ≤ Stored ≤ Max.</summary>
/// <param name="Max">Tier 1: counted in memory.</param>
/// <param name="Stored">Tier 2: durable in the database.</param>
/// <param name="Committed">Tier 3: covered by a state commit seen on chain; the most a voucher may say.</param>
/// <param name="Reserved">Held for requests in flight (clients only).</param>
/// <param name="Running">How many requests hold them (clients only).</param>
public readonly record struct AccountCounters(
    AdjustedTokens Max, AdjustedTokens Stored, AdjustedTokens Committed, AdjustedTokens Reserved, int Running = 0);
