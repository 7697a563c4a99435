using Cocoon.Node.Wallet;
using Cocoon.Ton;

namespace Cocoon.Client.Payments;

/// <summary>What payment channels need of the node's wallet.</summary>
internal interface IPaymentWallet
{
    TonAddress Address { get; }

    /// <summary>The balance when it was last looked at.</summary>
    Coins Balance { get; }

    /// <summary>Looks at the balance.</summary>
    Task<Coins> ReadBalanceAsync(CancellationToken cancellationToken);

    /// <summary>Queues a message at once, in the order of the calls; ends when the wallet's transaction stands on chain.</summary>
    /// <exception cref="IOException">The wallet did not send it, and never will.</exception>
    Task SendAsync(WalletMessage message, CancellationToken cancellationToken);
}
