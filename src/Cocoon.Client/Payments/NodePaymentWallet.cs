using Cocoon.Node.Wallet;
using Cocoon.Ton;

namespace Cocoon.Client.Payments;

/// <summary>The node's wallet as payment channels see it.</summary>
internal sealed class NodePaymentWallet(NodeWallet wallet) : IPaymentWallet
{
    public TonAddress Address => wallet.Address;

    public Coins Balance => wallet.Balance;

    public Task SendAsync(WalletMessage message, CancellationToken cancellationToken) => wallet.SendAsync(message, cancellationToken);
}
