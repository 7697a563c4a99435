using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Chain;

/// <summary>An account as one block left it.</summary>
/// <param name="Address">The account's address.</param>
/// <param name="Status">What it is.</param>
/// <param name="Balance">What it holds.</param>
/// <param name="Code">Its code; null unless it is active.</param>
/// <param name="Data">Its data; null unless it is active.</param>
/// <param name="LastTransaction">Its newest transaction; null when it never had one.</param>
/// <param name="SyncedAt">The time of the block.</param>
public sealed record AccountState(
    TonAddress Address, AccountStatus Status, Coins Balance, Cell? Code, Cell? Data, TransactionId? LastTransaction, DateTimeOffset SyncedAt);
