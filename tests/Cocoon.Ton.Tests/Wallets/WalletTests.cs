using Cocoon.Cryptography;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Ton.Tests.Wallets;

public sealed class WalletTests : IDisposable
{
    private static readonly DateTimeOffset ValidUntil = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);
    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.FromSeed([.. new byte[31], 1]);

    [Fact]
    public void The_sequence_number_is_read_from_the_data()
    {
        foreach (var wallet in Wallets())
        {
            wallet.ReadSeqno(null).ShouldBe(0u);
            wallet.ReadSeqno(wallet.StateInit.Data).ShouldBe(0u);
            Should.Throw<CellFormatException>(() => wallet.ReadSeqno(Cell.Empty));
        }
        WalletV3R2.ReadSeqno(new CellBuilder().StoreUInt(7, 32).Build()).ShouldBe(7u);
        WalletV4R2.ReadSeqno(new CellBuilder().StoreUInt(8, 32).Build()).ShouldBe(8u);
        WalletV5R1.ReadSeqno(new CellBuilder().StoreBit(true).StoreUInt(9, 32).Build()).ShouldBe(9u);
    }

    [Fact]
    public void More_messages_than_the_version_takes_are_refused()
    {
        foreach (var wallet in Wallets())
        {
            var most = wallet is WalletV5R1 ? 255 : 4;
            var messages = Enumerable.Repeat(new OutgoingMessage(Cell.Empty, 3), most + 1).ToArray();
            wallet.CreateTransfer(1, ValidUntil, messages[..most], false);
            Should.Throw<ArgumentException>(() => wallet.CreateTransfer(1, ValidUntil, messages, false));
        }
    }

    [Fact]
    public void The_signature_is_the_owners()
    {
        var body = ((ExternalInMessage)TonMessage.Load(new WalletV3R2(_key).CreateTransfer(1, ValidUntil, [], false))).Body.BeginParse();
        var signature = body.LoadBytes(64);
        _key.PublicKey.Verify(body.ToCell().Hash.ToArray(), signature).ShouldBeTrue();
    }

    [Fact]
    public void Subwallets_have_their_own_addresses()
    {
        new WalletV3R2(_key, 0, 1).Address.ShouldNotBe(new WalletV3R2(_key).Address);
        new WalletV4R2(_key, 0, 1).Address.ShouldNotBe(new WalletV4R2(_key).Address);
        new WalletV5R1(_key, subwallet: 1).Address.ShouldNotBe(new WalletV5R1(_key).Address);
    }

    public void Dispose() => _key.Dispose();

    private IWallet[] Wallets() => [new WalletV3R2(_key), new WalletV4R2(_key), new WalletV5R1(_key)];
}
