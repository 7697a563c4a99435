using System.Text.Json.Nodes;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Ton.Tests.Oracle;

[Collection(OracleCollection.Name)]
public sealed class WalletOracleTests(NodeOracle oracle)
{
    private const uint Seqno = 41;
    private const long ValidUntil = 1_900_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Addresses_and_signed_transfers_are_the_official_ones(sbyte workchain)
    {
        var words = (await oracle.AskAsync(new { action = "newWords" }))["words"]!.AsArray().Select(word => (string)word!).ToArray();
        var dice = new Dice(77);
        var messages = Enumerable.Range(1, 4).Select(i => new
        {
            to = dice.Address().ToRaw(),
            value = $"{i}000000000",
            bounce = i % 2 == 0,
            body = Convert.ToHexStringLower(BagOfCells.Serialize(dice.Leaf())),
        }).ToArray();
        var answer = await oracle.AskAsync(new { action = "wallets", words, workchain, seqno = Seqno, timeout = ValidUntil, sendMode = 3, messages });

        using var key = Mnemonic.Parse(string.Join("  ", words).ToUpperInvariant()).ToPrivateKey();
        key.PublicKey.Bits.ToString().ShouldBe((string?)answer["publicKey"]);
        var outgoing = answer["messages"]!.AsArray().Select(boc => new OutgoingMessage(Parse(boc!), 3)).ToArray();
        foreach (IWallet wallet in new IWallet[]
        {
            new WalletV3R2(key, workchain), new WalletV4R2(key, workchain), new WalletV5R1(key, WalletV5R1.Mainnet, workchain),
        })
        {
            var official = answer[wallet.Version]!;
            wallet.Address.ToRaw().ShouldBe((string?)official["address"]);
            var transfer = wallet.CreateTransfer(Seqno, DateTimeOffset.FromUnixTimeSeconds(ValidUntil), outgoing, includeStateInit: true);
            var message = TonMessage.Load(transfer).ShouldBeOfType<ExternalInMessage>();
            message.Body.ShouldBe(Parse(official["transfer"]!), wallet.Version);
            message.Destination.ShouldBe(wallet.Address);
            message.StateInit!.Address(workchain).ShouldBe(wallet.Address);
            var later = (ExternalInMessage)TonMessage.Load(wallet.CreateTransfer(Seqno, DateTimeOffset.FromUnixTimeSeconds(ValidUntil), outgoing, false));
            later.StateInit.ShouldBeNull();
        }
        if (workchain == 0) new WalletV5R1(key, WalletV5R1.Testnet).Address.ToRaw().ShouldBe((string?)answer["testnetV5"]);
    }

    [Fact]
    public async Task New_words_are_valid_for_the_official_library_and_give_the_same_key()
    {
        var mnemonic = Mnemonic.Generate();
        var words = mnemonic.Words;
        ((bool)(await oracle.AskAsync(new { action = "validWords", words }))["valid"]!).ShouldBeTrue();
        var answer = await oracle.AskAsync(new
        {
            action = "wallets",
            words,
            workchain = 0,
            seqno = 0,
            timeout = ValidUntil,
            sendMode = 3,
            messages = Array.Empty<object>(),
        });
        using var key = mnemonic.ToPrivateKey();
        key.PublicKey.Bits.ToString().ShouldBe((string?)answer["publicKey"]);
        using var again = Mnemonic.Parse(string.Join(' ', words)).ToPrivateKey();
        again.PublicKey.ShouldBe(key.PublicKey);
    }

    private static Cell Parse(JsonNode hex) => BagOfCells.Deserialize(Convert.FromHexString((string)hex!));
}
