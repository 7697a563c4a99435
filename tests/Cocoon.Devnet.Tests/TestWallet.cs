using Cocoon.Cryptography;
using Cocoon.Devnet.Chain;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Devnet.Tests;

/// <summary>A wallet v3r2 on a devnet.</summary>
internal sealed class TestWallet : IDisposable
{
    private readonly Ed25519PrivateKey _key;

    public TestWallet(byte number)
    {
        var seed = new byte[32];
        seed[0] = number;
        _key = Ed25519PrivateKey.FromSeed(seed);
        Contract = new WalletV3R2(_key);
    }

    public WalletV3R2 Contract { get; }

    public TonAddress Address => Contract.Address;

    public Bits256 PublicKey => _key.PublicKey.Bits;

    public Cell Transfer(uint seqno, DateTimeOffset now, TonAddress to, Coins value, bool bounce = false, Cell? body = null)
    {
        var message = new InternalMessage { Destination = to, Value = value, Bounce = bounce, Body = body ?? Cell.Empty }.ToCell();
        return Contract.CreateTransfer(seqno, now + TimeSpan.FromMinutes(1), [new OutgoingMessage(message, 3)], includeStateInit: seqno == 0);
    }

    public Task SendAsync(DevnetChain chain, uint seqno, TimeProvider time, TonAddress to, Coins value, bool bounce = false) =>
        chain.SendAsync(Transfer(seqno, time.GetUtcNow(), to, value, bounce), CancellationToken.None);

    public void Dispose() => _key.Dispose();
}
