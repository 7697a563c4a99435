using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Proxy.Ledger;

/// <summary>What the ledger counted for a proxy contract that serves nobody any more; it never changes.</summary>
/// <param name="Contract">The proxy contract.</param>
/// <param name="Followed">Its last transaction whose effects are in the counters, null when none was seen.</param>
/// <param name="Commits">The newest state commits that were announced for it.</param>
/// <param name="Tokens">The counter of each account; zero for a client that paid in and used nothing.</param>
public sealed record FormerAccounts(
    TonAddress Contract, TransactionId? Followed, IReadOnlySet<StateCommit> Commits, IReadOnlyDictionary<(LedgerSide Side, TonAddress Owner), AdjustedTokens> Tokens);
