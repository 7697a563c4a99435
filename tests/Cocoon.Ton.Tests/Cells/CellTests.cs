using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Tests.Cells;

public sealed class CellTests
{
    [Fact]
    public void The_empty_cell_has_its_well_known_hash()
    {
        Cell.Empty.Hash.ToString().ShouldBe("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
        (Cell.Empty.Depth, Cell.Empty.BitLength, Cell.Empty.Level).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void A_contract_data_cell_has_its_known_bits_and_hash()
    {
        // The initial data of a wallet contract, computed with the official JavaScript library.
        var cell = new CellBuilder()
            .StoreUInt(0, 32).StoreUInt(0, 32)
            .StoreBits(Bits256.Parse("4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29"))
            .StoreUInt(0, 32).StoreAddress(TonAddress.Parse("0:" + new string('1', 64)))
            .Build();
        cell.BitLength.ShouldBe(619);
        cell.Hash.ToString().ShouldBe("200edaf294973b147b3910ed82217b58e79ca6b8d273623214a6e1cf0a53f1ef");
        var code = new CellBuilder().StoreUInt(5, 8).Build();
        new StateInit(code, cell).Address().ToRaw().ShouldBe("0:5200ee2a4a997834e03e4c53865cbb8927f013beb1c24b0dbb2d594461ba2841");
    }

    [Fact]
    public void Everything_stored_is_loaded_again()
    {
        var address = TonAddress.Parse("-1:" + new string('3', 64));
        var cell = new CellBuilder()
            .StoreBit(true).StoreUInt(5, 3).StoreInt(-7, 11).StoreBigUInt(UInt128.MaxValue - 5, 128).StoreBits(Bits256.Parse(new string('a', 64)))
            .StoreBytes([1, 2, 3]).StoreCoins(Coins.Parse("2.5")).StoreAddress(address).StoreAddress(null)
            .StoreReference(Cell.Empty).StoreMaybeReference(null).StoreInt(long.MinValue, 64)
            .Build();
        var slice = cell.BeginParse();
        slice.LoadBit().ShouldBeTrue();
        slice.LoadUInt(3).ShouldBe(5UL);
        slice.LoadInt(11).ShouldBe(-7);
        slice.LoadBigUInt(128).ShouldBe(UInt128.MaxValue - 5);
        slice.LoadBits256().ShouldBe(Bits256.Parse(new string('a', 64)));
        slice.LoadBytes(3).ShouldBe([1, 2, 3]);
        slice.LoadCoins().ShouldBe(Coins.Parse("2.5"));
        slice.Clone().LoadStdAddress().ShouldBe(address);
        slice.LoadAddress().ShouldBe(address);
        slice.LoadAddress().ShouldBeNull();
        slice.LoadReference().ShouldBe(Cell.Empty);
        slice.LoadMaybeReference().ShouldBeNull();
        slice.LoadInt(64).ShouldBe(long.MinValue);
        slice.EnsureEnd();
    }

    [Fact]
    public void Reading_past_the_end_is_refused()
    {
        var cell = new CellBuilder().StoreUInt(0, 7).Build();
        Should.Throw<CellFormatException>(() => cell.BeginParse().LoadUInt(8)).Message.ShouldBe("The cell has 7 bits left, wanted 8.");
        Should.Throw<CellFormatException>(() => cell.BeginParse().LoadReference());
        Should.Throw<CellFormatException>(() => cell.BeginParse().LoadBits256());
        Should.Throw<CellFormatException>(() => cell.BeginParse().LoadBytes(1));
        Should.Throw<CellFormatException>(() => cell.BeginParse().EnsureEnd());
        Should.Throw<CellFormatException>(() => Cell.Empty.BeginParse().LoadBit());
    }

    [Fact]
    public void Values_that_do_not_fit_are_not_stored()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new CellBuilder().StoreUInt(8, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => new CellBuilder().StoreInt(4, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => new CellBuilder().StoreInt(-5, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => new CellBuilder().StoreBigUInt(UInt128.MaxValue, 127));
        Should.Throw<ArgumentOutOfRangeException>(() => new CellBuilder().StoreCoins(new Coins(UInt128.MaxValue)));
        var full = new CellBuilder().StoreBits(new byte[128], 1023);
        Should.Throw<InvalidOperationException>(() => full.StoreBit(true));
        full.Build().BitLength.ShouldBe(1023);
        var four = new CellBuilder().StoreReference(Cell.Empty).StoreReference(Cell.Empty).StoreReference(Cell.Empty).StoreReference(Cell.Empty);
        Should.Throw<InvalidOperationException>(() => four.StoreReference(Cell.Empty));
    }

    [Fact]
    public void A_rest_becomes_a_cell_of_its_own()
    {
        var slice = new CellBuilder().StoreUInt(0b10110, 5).StoreReference(Cell.Empty).Build().BeginParse();
        slice.LoadUInt(2);
        slice.ToCell().ShouldBe(new CellBuilder().StoreUInt(0b110, 3).StoreReference(Cell.Empty).Build());
        slice.RemainingBits.ShouldBe(3);
    }

    [Fact]
    public void A_tree_deeper_than_1024_is_refused()
    {
        var cell = Cell.Empty;
        for (var i = 0; i < Cell.MaxDepth; i++) cell = new CellBuilder().StoreReference(cell).Build();
        cell.Depth.ShouldBe(1024);
        BagOfCells.Deserialize(BagOfCells.Serialize(cell)).ShouldBe(cell);
        Should.Throw<CellFormatException>(() => new CellBuilder().StoreReference(cell).Build());
    }

    [Fact]
    public void A_branch_pruned_at_level_2_only_keeps_the_lower_hashes()
    {
        var whole = new CellBuilder().StoreUInt(9, 9).StoreReference(Cell.Empty).Build();
        var pruned = new CellBuilder().StoreUInt(1, 8).StoreUInt(2, 8).StoreBits(whole.Hash).StoreUInt(1, 16).BuildExotic();
        pruned.Level.ShouldBe(2);
        pruned.HashAt(0).ShouldBe(whole.Hash);
        pruned.HashAt(1).ShouldBe(whole.Hash);
        pruned.DepthAt(1).ShouldBe(1);
        pruned.HashAt(2).ShouldBe(pruned.Hash);
        pruned.Hash.ShouldNotBe(whole.Hash);
        pruned.Depth.ShouldBe(0);
    }

    [Fact]
    public void Exotic_cells_of_a_wrong_form_are_refused()
    {
        Refuse(new CellBuilder().StoreUInt(1, 7));
        Refuse(new CellBuilder().StoreUInt(0, 8));
        Refuse(new CellBuilder().StoreUInt(5, 8));
        Refuse(new CellBuilder().StoreUInt(1, 8));
        Refuse(new CellBuilder().StoreUInt(1, 8).StoreUInt(0, 8).StoreBits(Bits256.Zero).StoreUInt(0, 16));
        Refuse(new CellBuilder().StoreUInt(1, 8).StoreUInt(1, 8).StoreBits(Bits256.Zero).StoreUInt(0, 17));
        Refuse(new CellBuilder().StoreUInt(1, 8).StoreUInt(8, 8).StoreBits(Bits256.Zero).StoreUInt(0, 16));
        Refuse(new CellBuilder().StoreUInt(2, 8).StoreBits(Bits256.Zero).StoreReference(Cell.Empty));
        Refuse(new CellBuilder().StoreUInt(3, 8).StoreBits(Bits256.Zero).StoreUInt(0, 16).StoreReference(Cell.Empty));
        Refuse(new CellBuilder().StoreUInt(3, 8).StoreBits(Cell.Empty.Hash).StoreUInt(1, 16).StoreReference(Cell.Empty));
        new CellBuilder().StoreUInt(3, 8).StoreBits(Cell.Empty.Hash).StoreUInt(0, 16).StoreReference(Cell.Empty).BuildExotic().Kind.ShouldBe(CellKind.MerkleProof);

        static void Refuse(CellBuilder builder) => Should.Throw<CellFormatException>(builder.BuildExotic);
    }
}
