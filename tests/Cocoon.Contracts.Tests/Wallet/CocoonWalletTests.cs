using Cocoon.Contracts.Wallet;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;
using Cocoon.Ton.Wallets;

namespace Cocoon.Contracts.Tests.Wallet;

public sealed class CocoonWalletTests
{
    private static readonly DateTimeOffset ValidUntil = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);
    private static readonly CocoonWallet Wallet = new(Golden.Code(5), Golden.Key.PublicKey, Golden.Owner);

    [Fact]
    public void Vector_16_Initial_data() => Wallet.StateInit.Data!.ShouldBe(
        619, 0,
        "00000000000000004CB5ABF6AD79FBF5ABBCCAFCC269D85CD2651ED4B885B5869F241AEDF0A5BA29000000008002222222222222222222222222222222222222222222222222"
        + "222222222222223_",
        "200edaf294973b147b3910ed82217b58e79ca6b8d273623214a6e1cf0a53f1ef");

    [Fact]
    public void Vector_16_Addresses()
    {
        Wallet.Address.ToRaw().ShouldBe("0:5200ee2a4a997834e03e4c53865cbb8927f013beb1c24b0dbb2d594461ba2841");
        var deployed = new CocoonWallet(DeployedCode, Golden.Key.PublicKey, Golden.Owner);
        deployed.StateInit.AddressOfPruned().ToRaw().ShouldBe("0:19382592bcb149df4382adb7eee380b916f09d3e6402d417131548c1e63fb57a");
    }

    [Fact]
    public void Vector_13_5_Addresses_of_a_network_that_ran()
    {
        AddressOf("559087582b7e5ea2b2b986c258e0067b806a59b154e955decf00429610eab095").ShouldBe(LocalNetwork.ProxyWallet);
        AddressOf("1e3d5abd1cd38669346f96b316b27af7e26286a5d5bb3c821ac2785711083c26").ShouldBe(LocalNetwork.WorkerWallet);
        AddressOf("db4f96e50b5c679fea16504ffc1548c0b32fdc7225e6401f9fc5d721b0f99710").ShouldBe(LocalNetwork.ClientWallet);
    }

    [Fact]
    public void A_state_is_read_back()
    {
        var state = new CocoonWalletState { Seqno = 5, SubwalletId = 1, Key = Golden.Key.PublicKey, Status = 1, Owner = Golden.Owner };
        CocoonWalletState.Decode(state.ToCell()).ShouldBe(state);
        state.IsBlocked.ShouldBeTrue();
        (state with { Status = 2 }).IsBlocked.ShouldBeFalse();
        var longer = new CellBuilder().StoreSlice(state.ToCell().BeginParse()).StoreBit(true).Build();
        Should.Throw<CellFormatException>(() => CocoonWalletState.Decode(longer));
    }

    [Fact]
    public void The_signature_covers_everything_after_it()
    {
        OutgoingMessage[] messages = [.. Enumerable.Range(1, 4).Select(i => new OutgoingMessage(Golden.Code((byte)i), (byte)(i % 2)))];
        var body = Wallet.CreateBody(Golden.Key, 5, ValidUntil, messages);
        var slice = body.BeginParse();
        var signature = slice.LoadBytes(64);
        Golden.Key.PublicKey.Verify(slice.ToCell().Hash.ToArray(), signature).ShouldBeTrue();
        slice.LoadUInt(32).ShouldBe(0ul);
        slice.LoadUInt(32).ShouldBe(1_900_000_000ul);
        slice.LoadUInt(32).ShouldBe(5ul);
        foreach (var message in messages)
        {
            slice.LoadUInt(8).ShouldBe(message.Mode);
            slice.LoadReference().ShouldBe(message.Message);
        }
        slice.EnsureEnd();
    }

    [Fact]
    public void Vector_16_External_body()
    {
        var transfer = new InternalMessage { Destination = Golden.Owner, Value = Coins.FromTon(0.1m) }.ToCell();
        var body = Wallet.CreateBody(Golden.Key, 5, ValidUntil, [new OutgoingMessage(transfer, 1)]);
        body.ShouldBe(
            616, 1,
            "EB6FFE70429246887F45C822157505BF3533A44B5048CA3985839120C376545B332791699C4A8E0A84EC40862C4950EA2A9D537E61621C89E991C254D385D502"
            + "00000000713FB3000000000501",
            "159acfd08a607983c9f8e217f0dc0062ecce592fa8a9b50cd609075badd5e08d");
        var signed = body.BeginParse();
        signed.SkipBits(512);
        signed.ToCell().ShouldBe(104, 1, "00000000713FB3000000000501", "775248ee90306e2d7ead7b977fd5e7b37ed8df884b2ddc409ebf45a4aeca59ef");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_external_message_carries_the_state_only_when_asked(bool includeStateInit)
    {
        var slice = Wallet.CreateExternalMessage(Golden.Key, 0, ValidUntil, [], includeStateInit).BeginParse();
        slice.LoadUInt(2).ShouldBe(0b10ul);
        slice.LoadAddress().ShouldBeNull();
        slice.LoadStdAddress().ShouldBe(Wallet.Address);
        slice.LoadCoins().ShouldBe(Coins.Zero);
        slice.LoadBit().ShouldBe(includeStateInit);
        if (includeStateInit)
        {
            slice.LoadBit().ShouldBeTrue();
            slice.LoadReference().ShouldBe(Wallet.StateInit.ToCell());
        }
        slice.LoadBit().ShouldBeTrue();
        slice.LoadReference().ShouldBe(Wallet.CreateBody(Golden.Key, 0, ValidUntil, []));
        slice.EnsureEnd();
    }

    [Fact]
    public void Five_messages_are_refused() => Should.Throw<ArgumentException>(
        () => Wallet.CreateBody(Golden.Key, 5, ValidUntil, [.. Enumerable.Repeat(new OutgoingMessage(Golden.Code(1), 0), 5)])).Message.ShouldContain("at most 4");

    [Fact]
    public void Another_wallets_key_is_refused()
    {
        using var other = Ed25519PrivateKey.Generate();
        Should.Throw<ArgumentException>(() => Wallet.CreateBody(other, 5, ValidUntil, []));
    }

    private static Cell DeployedCode => CellText.Pruned("7a48f05ceef40f06cabbaa39c1c5a67b24e8bb59d8cf8a74e49988a5f44cf66a", 6);

    private static TonAddress AddressOf(string key) =>
        new CocoonWallet(DeployedCode, new Ed25519PublicKey(Bits256.Parse(key)), LocalNetwork.Owner).StateInit.AddressOfPruned();
}
