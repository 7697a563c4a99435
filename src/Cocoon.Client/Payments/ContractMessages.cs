using System.Buffers.Binary;
using System.Security.Cryptography;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Wallet;
using Cocoon.Ton;

namespace Cocoon.Client.Payments;

/// <summary>The messages a client sends its contract, with the value the network's nodes attach to each. What is left of a value comes back.</summary>
internal static class ContractMessages
{
    public static readonly Coins DeployValue = Coins.FromTon(0.8m);
    public static readonly Coins RegisterValue = Coins.FromTon(1m);
    public static readonly Coins ActionValue = Coins.FromTon(0.7m);

    /// <summary>What the wallet must hold beyond a message's value.</summary>
    public static readonly Coins Spare = Coins.FromTon(0.1m);

    public static WalletMessage Deploy(TonAddress contract, StateInit stateInit) => new(contract, DeployValue, StateInit: stateInit);

    public static WalletMessage Register(TonAddress contract, ulong nonce, TonAddress wallet) =>
        new(contract, RegisterValue, new RegisterClient(QueryId(), nonce, wallet).ToCell());

    public static WalletMessage SetSecret(TonAddress contract, Bits256 hash, TonAddress wallet) =>
        new(contract, ActionValue, new ChangeClientSecret(QueryId(), hash, wallet).ToCell());

    public static WalletMessage TopUp(TonAddress contract, Coins amount, TonAddress wallet) =>
        new(contract, ActionValue + amount, new TopUpClient(QueryId(), amount, wallet).ToCell());

    public static WalletMessage Withdraw(TonAddress contract, TonAddress wallet) =>
        new(contract, ActionValue, new WithdrawFromClient(QueryId(), wallet).ToCell());

    public static WalletMessage RequestRefund(TonAddress contract, TonAddress wallet) =>
        new(contract, ActionValue, new RequestClientRefund(QueryId(), wallet).ToCell());

    public static WalletMessage Charge(TonAddress contract, Voucher voucher, TonAddress wallet) =>
        new(contract, ActionValue, voucher.WithExcess(wallet).ToCell());

    private static ulong QueryId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
