using System.Globalization;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Tests;

/// <summary>Cells as golden vectors write them: hexadecimal digits, with a trailing underscore when the last one bit starts the padding.</summary>
internal static class CellText
{
    public static void ShouldBe(this Cell cell, int bits, int references, string data, string hash)
    {
        cell.BitLength.ShouldBe(bits);
        cell.References.Count.ShouldBe(references);
        Write(cell).ShouldBe(data);
        cell.Hash.ToString().ShouldBe(hash);
    }

    public static string Write(Cell cell)
    {
        var slice = cell.BeginParse();
        var builder = new CellBuilder();
        for (var left = cell.BitLength; left > 0; left--)
            builder.StoreBit(slice.LoadBit());
        var padded = cell.BitLength % 4 != 0;
        if (padded)
            builder.StoreBit(true);
        while (builder.BitLength % 4 != 0)
            builder.StoreBit(false);
        var digits = builder.BitLength / 4;
        var read = builder.Build().BeginParse();
        var text = "";
        for (var i = 0; i < digits; i++)
            text += read.LoadUInt(4).ToString("X", CultureInfo.InvariantCulture);
        return padded ? text + "_" : text;
    }

    /// <summary>The same cell with one data bit turned over.</summary>
    public static Cell WithFlippedBit(Cell cell, int index)
    {
        var slice = cell.BeginParse();
        var builder = new CellBuilder();
        for (var i = 0; i < cell.BitLength; i++)
            builder.StoreBit(slice.LoadBit() ^ (i == index));
        foreach (var reference in cell.References)
            builder.StoreReference(reference);
        return builder.Build();
    }

    /// <summary>A stand-in for a tree of which only the hash and the depth are known.</summary>
    public static Cell Pruned(string hash, int depth) => new CellBuilder()
        .StoreUInt((ulong)CellKind.PrunedBranch, 8).StoreUInt(1, 8).StoreBits(Bits256.Parse(hash)).StoreUInt((ulong)depth, 16).BuildExotic();

    /// <summary>The address of a contract whose code or data holds <see cref="Pruned"/> trees.</summary>
    public static TonAddress AddressOfPruned(this StateInit init) => new(0, init.ToCell().HashAt(0));
}
