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

    /// <summary>When set, messages wait in the wallet until it ends.</summary>
    public Task? Turn { get; set; }

    /// <summary>Tells of a message that the wallet cannot send.</summary>
    public Func<WalletMessage, bool> Refuses { get; set; } = _ => false;

    public Task<Coins> ReadBalanceAsync(CancellationToken cancellationToken) => Task.FromResult(Balance);

    public async Task SendAsync(WalletMessage message, CancellationToken cancellationToken)
    {
        if (Turn is { } turn)
            await turn.WaitAsync(cancellationToken);
        if (Refuses(message))
            throw new IOException("refused");
        lock (Sent) Sent.Add(message);
        chain.Send(WalletAddress, message, delivered: !HoldBack);
    }
}
