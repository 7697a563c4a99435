using Cocoon.Client.Payments;
using Cocoon.Cryptography;
using Cocoon.Node.Wallet;
using Cocoon.Ton;

namespace Cocoon.Client.Tests.Fakes;

/// <summary>A wallet whose messages take effect on a <see cref="FakeChain"/> at once, or when the test lets them.</summary>
internal sealed class FakeWallet(FakeChain chain) : IPaymentWallet
{
    public static readonly TonAddress WalletAddress = new(0, Bits256.Sha256("wallet"u8));

    public TonAddress Address => WalletAddress;

    public Coins Balance { get; set; } = Coins.FromTon(50);

    public List<WalletMessage> Sent { get; } = [];

    /// <summary>When set, a message leaves the wallet but reaches no contract yet.</summary>
    public bool HoldBack { get; set; }

    public Task<Coins> ReadBalanceAsync(CancellationToken cancellationToken) => Task.FromResult(Balance);

    public Task SendAsync(WalletMessage message, CancellationToken cancellationToken)
    {
        lock (Sent) Sent.Add(message);
        chain.Send(WalletAddress, message, delivered: !HoldBack);
        return Task.CompletedTask;
    }
}
