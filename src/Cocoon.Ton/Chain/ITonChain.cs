using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Chain;

/// <summary>Access to a TON network. Every failure of the network or of what it answers is a <see cref="TonChainException"/>.</summary>
public interface ITonChain
{
    /// <summary>The account as the newest known block left it; an account that never was is uninitialized with nothing in it.</summary>
    Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken);

    /// <summary>Transactions of an account, newest first.</summary>
    /// <param name="address">The account.</param>
    /// <param name="limit">The most transactions wanted, 1 to 100; fewer may come.</param>
    /// <param name="from">The first one to give; null for the newest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(
        TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken);

    /// <summary>Hands an external message to the network. That it was taken does not mean that it will be executed: watch the account.</summary>
    Task SendAsync(Cell externalMessage, CancellationToken cancellationToken);

    /// <summary>The newest block of the masterchain.</summary>
    Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken);
}
