namespace Cocoon.Devnet.Chain;

/// <summary>An account as of the last block, and all its transactions, oldest first.</summary>
internal sealed class AccountHistory
{
    public AccountView Account { get; set; } = AccountView.None;

    public List<StoredTransaction> Transactions { get; } = [];
}
