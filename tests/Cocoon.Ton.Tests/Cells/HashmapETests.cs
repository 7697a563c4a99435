using Cocoon.Ton.Cells;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Ton.Tests.Cells;

public sealed class HashmapETests
{
    private static readonly Cell One = new CellBuilder().StoreUInt(1, 8).Build();

    [Fact]
    public void Entries_are_set_replaced_found_and_removed()
    {
        var dictionary = new HashmapE(16);
        dictionary.Set(7, One);
        dictionary.Set(3, Cell.Empty);
        dictionary.Set(7, Cell.Empty);
        dictionary.Get(7).ShouldBe(Cell.Empty);
        dictionary.Get(8).ShouldBeNull();
        dictionary.Select(entry => entry.Key.ToUInt64()).ShouldBe([3UL, 7UL]);
        dictionary.Remove(7).ShouldBeTrue();
        dictionary.Remove(7).ShouldBeFalse();
        dictionary.Count.ShouldBe(1);
        dictionary.Remove(3);
        dictionary.ToCell().ShouldBeNull();
        Should.Throw<ArgumentException>(() => dictionary.Set(1 << 16, One));
        Should.Throw<ArgumentException>(() => dictionary.Get(HashmapKey.FromUInt64(1, 15)));
    }

    [Theory]
    [InlineData("0 1111 0 1010")]
    [InlineData("10 100 1010")]
    public void Every_kind_of_label_is_read(string label) =>
        Load(label + "00000001", 4).Get(0b1010).ShouldBe(One);

    [Theory]
    [InlineData("0 1111 0 1111")]
    [InlineData("10 100 1111")]
    [InlineData("11 1 100")]
    public void A_label_of_equal_bits_is_read_in_every_form(string label)
    {
        Load(label + "00000001", 4).Get(0b1111).ShouldBe(One);
        var zeros = label.Replace("0 1111 0 1111", "0 1111 0 0000", StringComparison.Ordinal)
            .Replace("100 1111", "100 0000", StringComparison.Ordinal).Replace("11 1 ", "11 0 ", StringComparison.Ordinal);
        Load(zeros + "00000001", 4).Get(0b0000).ShouldBe(One);
    }

    [Theory]
    [InlineData("0 11111 0 10101", "5 bits, wanted at most 4")]
    [InlineData("10 101 10101", "5 bits, wanted at most 4")]
    [InlineData("11 1 111", "7 bits, wanted at most 4")]
    [InlineData("0 0", "no more references")]
    [InlineData("0 1", "bits left")]
    public void A_malformed_edge_is_refused(string bits, string reason) =>
        Should.Throw<CellFormatException>(() => Load(bits, 4)).Message.ShouldContain(reason);

    [Fact]
    public void A_fork_with_more_than_its_two_branches_is_refused()
    {
        var leaf = Bits("0 0");
        var fork = new CellBuilder().StoreUInt(0, 2).StoreReference(leaf).StoreReference(leaf);
        HashmapE.LoadRoot(fork.Build(), 1).Count.ShouldBe(2);
        Should.Throw<CellFormatException>(() => HashmapE.LoadRoot(fork.StoreReference(leaf).Build(), 1));
    }

    [Fact]
    public void Shared_cells_that_stand_for_too_many_entries_are_refused()
    {
        // 64 cells that would unfold into 2^63 entries.
        var cell = Bits("0 0");
        for (var i = 0; i < 63; i++) cell = new CellBuilder().StoreUInt(0, 2).StoreReference(cell).StoreReference(cell).Build();
        Should.Throw<CellFormatException>(() => HashmapE.LoadRoot(cell, 63)).Message.ShouldContain("more than 65536 entries");
    }

    [Fact]
    public void Any_dictionary_comes_back_and_has_one_form() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed =>
        {
            var dice = new Dice(seed);
            var width = 1 + dice.Below(300);
            var dictionary = new HashmapE(width);
            var reversed = new HashmapE(width);
            for (var i = dice.Below(30); i > 0; i--) dictionary.Set(new HashmapKey(dice.Bytes(40), width), new CellBuilder().StoreBits(dice.Bytes(32), dice.Below(256)).Build());
            foreach (var (key, value) in dictionary.Reverse()) reversed.Set(key, value);
            reversed.ToCell().ShouldBe(dictionary.ToCell());
            HashmapE.LoadRoot(dictionary.ToCell(), width).AsEnumerable().ShouldBe(dictionary.AsEnumerable());
        }).QuickCheckThrowOnFailure();

    private static HashmapE Load(string bits, int width) => HashmapE.LoadRoot(Bits(bits), width);

    private static Cell Bits(string bits)
    {
        var builder = new CellBuilder();
        foreach (var bit in bits.Where(bit => bit != ' ')) builder.StoreBit(bit == '1');
        return builder.Build();
    }
}
