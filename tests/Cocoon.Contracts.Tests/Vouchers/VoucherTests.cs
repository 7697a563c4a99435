using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests.Vouchers;

public sealed class VoucherTests
{
    private const int ExcessAt = 32 + 64;
    private const int SignatureAt = ExcessAt + 267;

    private static readonly Voucher Payout = Sign(VoucherKind.WorkerPayout, Golden.Worker);

    [Fact]
    public void The_golden_key_is_the_vectors() =>
        Golden.Key.PublicKey.Bits.ToString().ShouldBe("4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29");

    [Fact]
    public void Vector_16_Worker_payout()
    {
        Payout.Payload.ShouldBe(
            427, 0, "A040AD28112233445566778800000000000F4240801304C8E38891A5F8892C70ED508397B874BBFE9721388A52787F6D07FC80B5D05_",
            "eaa2b05dbd4bb236504b027ee8a17bbe730da7b828a500f338eb47e91ea23703");
        SignatureOf(Payout).ShouldBe(
            "211e00cc064f25b6d819fbb9a66054dfe63cfeac533483cc794abe351e1860d88528d009e254fab89180581fba8562155835393254fdac13571c5002d40be807");
        Payout.ToCell().ShouldBe(
            875, 1,
            "A040AD281122334455667788800CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC423C01980C9E4B6DB033F7734CC0A9BFCC79FD58A6690798F295"
            + "7C6A3C30C1B10A51A013C4A9F5712300B03F750AC42AB06A7264A9FB5826AE38A005A817D00F_",
            "8f7638de77ff0f181ff12fac05b79e182f8e2b3fff7920f5aa7e5ae56b2273bc");
    }

    [Fact]
    public void Vector_16_Client_charge()
    {
        var charge = Sign(VoucherKind.ClientCharge, Golden.Client);
        charge.Payload.ShouldBe(
            427, 0, "BB63FF93112233445566778800000000000F42408006841E7B6CA75EAD483BFAAFD7769BB39A3366CF89863794DFEC971A2D70D954B_",
            "5cdaa361419e69b536f37e012c038fb2fa7c7157286181099e2aace82d7bbb5d");
        SignatureOf(charge).ShouldBe(
            "f354849ec52a5ac537a7c6a7d8a2ed7d48551acfc2d5e0c8dcdb968058db6878a2109b7935a4bfe4627d5fe282cf489869c7de575db220ceca8e62fd03cd5d0b");
    }

    [Fact]
    public void Vector_16_Proxy_close()
    {
        var close = Voucher.Sign(VoucherKind.ProxyClose, Golden.QueryId, AdjustedTokens.Zero, Golden.Proxy, Golden.Excess, Golden.Key);
        close.Payload.ShouldBe(
            363, 0, "636A43911122334455667788800C4AC713E604F439ACC9BD69D1C76B2113AD75321DBE0F524AF69659F5A21782B_",
            "cb38960bef0d65b511eca045bdc85f1f8da2e27081ea5ba0945f698d694bfce8");
        SignatureOf(close).ShouldBe(
            "18cb23e1827e5cc5a626f5cccda9abcef7b8e30aa60f295b9054ae1f9690ea3175e5c5eba695a6f0608de3af63f0e7999f9f8b4807389efd27e9f1af7cf36c0a");
    }

    [Fact]
    public void Vector_13_5_A_voucher_of_a_network_that_ran_is_valid()
    {
        var voucher = Voucher.Parse(LocalNetwork.WorkerVoucher);
        voucher.Payload.Hash.ToString().ShouldBe("ac88989b4f6c5c14073e3c9b7b96c34d66fd68170cb5a12465db1c5ce44ca304");
        SignatureOf(voucher).ShouldBe(
            "4915305fded175ef80f3937a552e368d073ba93bbcef9442afcf68df129ec6d17f0d102d2fea0da5b83b8227a8637989642b9d753b739341083e2c3ea52f9f0e");
        voucher.ToCell().Hash.ToString().ShouldBe("19bdebda538330da055f80944b67ddcd93d6c1259ffb1dbf0afa0f84aaf689ab");
        voucher.QueryId.ShouldBe(1ul);
        voucher.Tokens.ShouldBe(AdjustedTokens.Zero);
        voucher.Excess.ShouldBe(LocalNetwork.ProxyWallet);
        voucher.Verify(VoucherKind.WorkerPayout, LocalNetwork.Worker, LocalNetwork.ProxyKey).IsValid.ShouldBeTrue();
        voucher.ToBytes().ShouldBe(LocalNetwork.WorkerVoucher);
    }

    [Theory]
    [InlineData(VoucherKind.WorkerPayout)]
    [InlineData(VoucherKind.WorkerLastPayout)]
    [InlineData(VoucherKind.ClientCharge)]
    [InlineData(VoucherKind.ClientRefund)]
    [InlineData(VoucherKind.ProxyClose)]
    [InlineData(VoucherKind.ProxyCloseComplete)]
    public void Every_kind_is_signed_read_and_checked(VoucherKind kind)
    {
        var signed = Sign(kind, Golden.Client);
        Check(signed.ToBytes(), kind).IsValid.ShouldBeTrue();
        var read = Voucher.Parse(signed.ToBytes());
        read.Kind.ShouldBe(kind);
        read.QueryId.ShouldBe(Golden.QueryId);
        read.Tokens.ShouldBe(Voucher.HasCounter(kind) ? Golden.Tokens : AdjustedTokens.Zero);
        read.Contract.ShouldBe(Golden.Client);
        read.Excess.ShouldBe(Golden.Excess);
    }

    [Fact]
    public void Another_kind_is_refused_by_name() => Payout.Verify(VoucherKind.WorkerLastPayout, Golden.Worker, Golden.Key.PublicKey)
        .ShouldBe(new VoucherVerdict(VoucherCheck.Kind, "The voucher is a WorkerPayout, wanted a WorkerLastPayout."));

    [Fact]
    public void Another_contract_is_refused()
    {
        Payout.Verify(VoucherKind.WorkerPayout, Golden.Client, Golden.Key.PublicKey).Failed.ShouldBe(VoucherCheck.Contract);
        var otherWorkchain = new TonAddress(-1, Golden.Worker.Hash);
        Payout.Verify(VoucherKind.WorkerPayout, otherWorkchain, Golden.Key.PublicKey).Failed.ShouldBe(VoucherCheck.Contract);
    }

    [Fact]
    public void Another_key_is_refused()
    {
        using var other = Ed25519PrivateKey.Generate();
        Payout.Verify(VoucherKind.WorkerPayout, Golden.Worker, other.PublicKey).Failed.ShouldBe(VoucherCheck.Signature);
    }

    [Fact]
    public void Cells_that_contradict_each_other_are_refused()
    {
        var other = Outer(CellText.WithFlippedBit(Payout.ToCell(), 40), Payout.Payload);
        Voucher.Check(BagOfCells.Serialize(other), VoucherKind.WorkerPayout, Golden.Worker, Golden.Key.PublicKey, out var voucher)
            .Failed.ShouldBe(VoucherCheck.Header);
        voucher.ShouldBeNull();
        Should.Throw<CellFormatException>(() => Voucher.Load(other)).Message.ShouldContain("query id");
    }

    [Fact]
    public void Any_flipped_bit_of_the_signed_cell_is_refused()
    {
        for (var i = 0; i < Payout.Payload.BitLength; i++)
            CheckPayout(Outer(Payout.ToCell(), CellText.WithFlippedBit(Payout.Payload, i))).IsValid.ShouldBeFalse($"bit {i}");
    }

    [Fact]
    public void Any_flipped_bit_of_the_outer_cell_but_of_the_excess_address_is_refused()
    {
        var cell = Payout.ToCell();
        for (var i = 0; i < cell.BitLength; i++)
        {
            var verdict = CheckPayout(CellText.WithFlippedBit(cell, i));
            var isInExcessHash = i is >= ExcessAt + 3 and < SignatureAt;
            verdict.IsValid.ShouldBe(isInExcessHash, $"bit {i}");
            if (i >= SignatureAt)
                verdict.Failed.ShouldBe(VoucherCheck.Signature);
        }
    }

    [Fact]
    public void No_flipped_bit_of_the_bytes_changes_what_a_voucher_promises()
    {
        var bytes = Payout.ToBytes();
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i / 8] ^= (byte)(1 << (i % 8));
            var verdict = Voucher.Check(damaged, VoucherKind.WorkerPayout, Golden.Worker, Golden.Key.PublicKey, out var voucher);
            verdict.IsValid.ShouldBe(voucher is not null);
            (voucher?.Payload ?? Payout.Payload).ShouldBe(Payout.Payload);
        }
    }

    [Fact]
    public void Cut_bytes_are_refused()
    {
        var bytes = Payout.ToBytes();
        for (var length = 0; length < bytes.Length; length++)
            Check(bytes[..length], VoucherKind.WorkerPayout).Failed.ShouldBe(VoucherCheck.Format);
    }

    [Fact]
    public void Extra_data_and_references_are_refused()
    {
        var cell = Payout.ToCell();
        CheckPayout(new CellBuilder().StoreSlice(cell.BeginParse()).StoreBit(false).Build()).Failed.ShouldBe(VoucherCheck.Format);
        CheckPayout(new CellBuilder().StoreSlice(cell.BeginParse()).StoreReference(Cell.Empty).Build()).Failed.ShouldBe(VoucherCheck.Format);
        CheckPayout(Outer(cell, new CellBuilder().StoreSlice(Payout.Payload.BeginParse()).StoreBit(false).Build())).Failed.ShouldBe(VoucherCheck.Format);
        CheckPayout(Outer(cell, new CellBuilder().StoreSlice(Payout.Payload.BeginParse()).StoreReference(Cell.Empty).Build()))
            .Failed.ShouldBe(VoucherCheck.Format);
    }

    [Fact]
    public void A_pruned_branch_in_place_of_the_signed_cell_is_refused() =>
        CheckPayout(Outer(Payout.ToCell(), CellText.Pruned(Payout.Payload.Hash.ToString(), 0))).Failed.ShouldBe(VoucherCheck.Format);

    [Fact]
    public void Random_bytes_are_refused()
    {
        for (var i = 0; i < 1000; i++)
            Check(System.Security.Cryptography.RandomNumberGenerator.GetBytes(i), VoucherKind.ClientCharge).Failed.ShouldBe(VoucherCheck.Format);
    }

    [Fact]
    public void The_holder_may_replace_the_receiver_of_the_excess()
    {
        var mine = Payout.WithExcess(Golden.Owner);
        mine.Excess.ShouldBe(Golden.Owner);
        mine.Payload.ShouldBe(Payout.Payload);
        mine.Verify(VoucherKind.WorkerPayout, Golden.Worker, Golden.Key.PublicKey).IsValid.ShouldBeTrue();
        Voucher.Load(mine.ToCell()).Excess.ShouldBe(Golden.Owner);
        Payout.Excess.ShouldBe(Golden.Excess);
    }

    [Fact]
    public void An_excess_address_that_cannot_be_sent_to_is_refused() =>
        Should.Throw<ArgumentException>(() => Payout.WithExcess(new TonAddress(1, Golden.Owner.Hash))).Message.ShouldContain("workchain 1");

    [Fact]
    public void Vouchers_without_sense_are_not_signed()
    {
        Should.Throw<ArgumentException>(() => Voucher.Sign((VoucherKind)1, 1, default, Golden.Worker, Golden.Excess, Golden.Key));
        Should.Throw<ArgumentException>(() => Voucher.Sign(VoucherKind.WorkerPayout, 1, new(-1), Golden.Worker, Golden.Excess, Golden.Key));
        Should.Throw<ArgumentException>(() => Voucher.Sign(VoucherKind.ProxyClose, 1, new(1), Golden.Proxy, Golden.Excess, Golden.Key));
    }

    private static Voucher Sign(VoucherKind kind, TonAddress contract) => Voucher.Sign(
        kind, Golden.QueryId, Voucher.HasCounter(kind) ? Golden.Tokens : AdjustedTokens.Zero, contract, Golden.Excess, Golden.Key);

    private static string SignatureOf(Voucher voucher) => Convert.ToHexStringLower(voucher.Signature.Span);

    private static VoucherVerdict Check(ReadOnlySpan<byte> boc, VoucherKind kind) =>
        Voucher.Check(boc, kind, Golden.Client, Golden.Key.PublicKey, out _);

    private static VoucherVerdict CheckPayout(Cell cell) =>
        Voucher.Check(BagOfCells.Serialize(cell), VoucherKind.WorkerPayout, Golden.Worker, Golden.Key.PublicKey, out _);

    private static Cell Outer(Cell outer, Cell payload) => new CellBuilder().StoreBits(outer.Bits, outer.BitLength).StoreReference(payload).Build();
}
