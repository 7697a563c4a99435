using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Wallet;
using Cocoon.Ton;

namespace Cocoon.Client.Payments;

/// <summary>The messages a client sends its contract, with the value the network's nodes attach to each. What is left of a value comes back.</summary>
internal static class ContractMessages
{
    /// <summary>What the wallet must hold beyond a message's value.</summary>
    public static readonly Coins Spare = Coins.FromTon(0.1m);

    public static WalletMessage Deploy(TonAddress contract, StateInit stateInit) => new(contract, MessageValues.DeployClient, StateInit: stateInit);

    public static WalletMessage Register(TonAddress contract, ulong nonce, TonAddress wallet) =>
        new(contract, MessageValues.RegisterClient, new RegisterClient(QueryIds.Next(), nonce, wallet).ToCell());

    public static WalletMessage SetSecret(TonAddress contract, Bits256 hash, TonAddress wallet) =>
        new(contract, MessageValues.ClientCommand, new ChangeClientSecret(QueryIds.Next(), hash, wallet).ToCell());

    public static WalletMessage TopUp(TonAddress contract, Coins amount, TonAddress wallet) =>
        new(contract, MessageValues.ClientCommand + amount, new TopUpClient(QueryIds.Next(), amount, wallet).ToCell());

    public static WalletMessage Withdraw(TonAddress contract, TonAddress wallet) =>
        new(contract, MessageValues.ClientCommand, new WithdrawFromClient(QueryIds.Next(), wallet).ToCell());

    public static WalletMessage RequestRefund(TonAddress contract, TonAddress wallet) =>
        new(contract, MessageValues.ClientCommand, new RequestClientRefund(QueryIds.Next(), wallet).ToCell());

    public static WalletMessage Charge(TonAddress contract, Voucher voucher, TonAddress wallet) =>
        new(contract, MessageValues.ClientCommand, voucher.WithExcess(wallet).ToCell());
}
