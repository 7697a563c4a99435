using Cocoon.Node.Wallet;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Client.Payments;

/// <summary>The node's wallet as payment channels see it.</summary>
internal sealed class NodePaymentWallet(NodeWallet wallet, ITonChain chain) : IPaymentWallet
{
    private readonly Lock _gate = new();
    private Coins _balance;

    public TonAddress Address => wallet.Address;

    public Coins Balance
    {
        get
        {
            lock (_gate) return _balance;
        }
    }

    public async Task<Coins> ReadBalanceAsync(CancellationToken cancellationToken)
    {
        var account = await chain.GetAccountAsync(wallet.Address, cancellationToken).ConfigureAwait(false);
        lock (_gate) _balance = account.Balance;
        return account.Balance;
    }

    public Task SendAsync(WalletMessage message, CancellationToken cancellationToken) => wallet.SendAsync(message, cancellationToken);
}
