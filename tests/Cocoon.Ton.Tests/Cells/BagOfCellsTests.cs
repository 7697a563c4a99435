using System.Buffers.Binary;
using Cocoon.Ton.Cells;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Ton.Tests.Cells;

public sealed class BagOfCellsTests
{
    // One byte 01 in one cell: magic, flags and reference size, offset size, cells, roots, absent, data size, root, cell.
    private const string OneCell = "b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "00" + "000201";

    [Fact]
    public void The_smallest_bag_is_read() =>
        Read(OneCell).ShouldBe(new CellBuilder().StoreUInt(1, 8).Build());

    [Theory]
    [InlineData("68ff65f3" + "01" + "01" + "01" + "01" + "00" + "03" + "03" + "000201")]
    [InlineData("b5ee9c72" + "81" + "01" + "01" + "01" + "00" + "03" + "00" + "03" + "000201")]
    [InlineData("b5ee9c72" + "a1" + "01" + "01" + "01" + "00" + "03" + "00" + "07" + "000201")]
    [InlineData("b5ee9c72" + "02" + "03" + "0001" + "0001" + "0000" + "000003" + "0000" + "000201")]
    public void Other_headers_give_the_same_cell(string hex) => Read(hex).ShouldBe(Read(OneCell));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_checksum_is_checked(bool old)
    {
        var hex = old ? "acc3a728" + "01" + "01" + "01" + "01" + "00" + "03" + "03" + "000201" : OneCell.Replace("7201", "7241", StringComparison.Ordinal);
        byte[] bytes = [.. Convert.FromHexString(hex), 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), SlowCrc32C(bytes.AsSpan(0, bytes.Length - 4)));
        BagOfCells.Deserialize(bytes).ShouldBe(Read(OneCell));
        bytes[^1] ^= 1;
        Should.Throw<CellFormatException>(() => BagOfCells.Deserialize(bytes)).Message.ShouldContain("CRC-32C");
    }

    [Fact]
    public void Hashes_stored_beside_a_cell_are_checked()
    {
        var cell = Read(OneCell);
        var hex = "b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "25" + "00" + "1002" + cell.Hash + "0000" + "01";
        Read(hex).ShouldBe(cell);
        Should.Throw<CellFormatException>(() => Read(hex.Replace("0000" + "01", "0001" + "01", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", "ends at byte 0")]
    [InlineData("00000000" + "01", "starts with 00000000")]
    [InlineData("b5ee9c72" + "09" + "01" + "01" + "01" + "00" + "03" + "00" + "000201", "unknown flags")]
    [InlineData("b5ee9c72" + "21" + "01" + "01" + "01" + "00" + "03" + "00" + "000201", "cache bits")]
    [InlineData("b5ee9c72" + "00" + "01", "bytes a reference")]
    [InlineData("b5ee9c72" + "01" + "09", "bytes an offset")]
    [InlineData("b5ee9c72" + "01" + "01" + "02" + "02" + "00" + "06" + "0001" + "000201" + "000202", "2 roots, wanted 1")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "01" + "03" + "00" + "000201", "lacks 1 cells")]
    [InlineData("b5ee9c72" + "01" + "01" + "00" + "01" + "00" + "03" + "00" + "000201", "has 0 cells")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "01" + "000201", "root at 1")]
    [InlineData(OneCell + "00", "left over")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "04" + "00" + "00020100", "left over")]
    [InlineData("b5ee9c72" + "81" + "01" + "01" + "01" + "00" + "03" + "00" + "04" + "000201", "index")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "00" + "000100", "no end mark")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "00" + "000180", "no end mark")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "00" + "010000", "wanted a later one")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "00" + "010001", "wanted a later one")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "02" + "00" + "0700", "7 references")]
    [InlineData("b5ee9c72" + "01" + "01" + "01" + "01" + "00" + "03" + "00" + "200201", "level mask")]
    [InlineData("b5ee9c72" + "04" + "04" + "ffffffff" + "00000001" + "00000000" + "00000010" + "00000000", "cells, wanted 1 to")]
    [InlineData("b5ee9c72" + "01" + "08" + "01" + "01" + "00" + "ffffffffffffffff" + "00" + "000201", "bytes for 1 cells")]
    public void A_malformed_bag_is_refused_with_the_reason(string hex, string reason) =>
        Should.Throw<CellFormatException>(() => Read(hex)).Message.ShouldContain(reason);

    [Fact]
    public void Any_tree_comes_back_from_its_bytes() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<bool>(), (seed, crc) =>
        {
            var dice = new Dice(seed);
            var root = dice.Tree(1 + dice.Below(60))[^1];
            var back = BagOfCells.Deserialize(BagOfCells.Serialize(root, crc));
            back.ShouldBe(root);
            BagOfCells.Serialize(back, crc).ShouldBe(BagOfCells.Serialize(root, crc));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Changed_bytes_are_refused_or_give_a_cell() =>
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), seed =>
        {
            var dice = new Dice(seed);
            var bytes = BagOfCells.Serialize(dice.Tree(1 + dice.Below(20))[^1]);
            for (var round = 0; round < 50; round++)
            {
                var changed = (byte[])bytes.Clone();
                for (var i = dice.Below(3); i >= 0; i--) changed[dice.Below(dice.Below(2) == 0 ? changed.Length : 13)] = (byte)dice.Next();
                if (dice.Below(4) == 0) changed = changed[..dice.Below(changed.Length)];
                try
                {
                    var cell = BagOfCells.Deserialize(changed);
                    BagOfCells.Deserialize(BagOfCells.Serialize(cell)).ShouldBe(cell);
                }
                catch (CellFormatException)
                {
                    // The other allowed end.
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_bytes_never_give_another_exception() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            Should.Throw<CellFormatException>(() => BagOfCells.Deserialize(bytes));
            Should.Throw<CellFormatException>(() => BagOfCells.Deserialize([0xb5, 0xee, 0x9c, 0x72, .. bytes, 0xff]));
        }).QuickCheckThrowOnFailure();

    private static Cell Read(string hex) => BagOfCells.Deserialize(Convert.FromHexString(hex));

    private static uint SlowCrc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var item in data)
        {
            crc ^= item;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
        }
        return ~crc;
    }
}
