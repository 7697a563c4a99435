using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Tests;

/// <summary>A repeatable source of varied values (SplitMix64).</summary>
public sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

    /// <summary>0 to <paramref name="end"/> - 1.</summary>
    public int Below(int end) => (int)(Next() % (ulong)end);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)Next();
        return bytes;
    }

    public Bits256 Bits256() => new(Bytes(32));

    public TonAddress Address() => new((sbyte)-Below(2), Bits256());

    /// <summary>Mostly short cells, sometimes full ones.</summary>
    public Cell Leaf()
    {
        var length = Below(4) == 0 ? Below(Cell.MaxBits + 1) : Below(40);
        return new CellBuilder().StoreBits(Bytes(128), length).Build();
    }

    /// <summary>Cells from the leaves up, the root last; some are shared by several parents.</summary>
    public List<Cell> Tree(int count)
    {
        var cells = new List<Cell>();
        for (var i = 0; i < count; i++)
        {
            var builder = new CellBuilder().StoreSlice(Leaf().BeginParse());
            var references = i == 0 ? 0 : Below(Cell.MaxReferences + 1);
            if (i == count - 1 && i > 0) references = Math.Max(1, references);
            // The newest cells are wanted most, so that the tree grows deep and the root reaches most of it.
            for (var r = 0; r < references; r++) builder.StoreReference(cells[Math.Max(0, cells.Count - 1 - Below(Below(8) + 1))]);
            cells.Add(builder.Build());
        }
        return cells;
    }
}
