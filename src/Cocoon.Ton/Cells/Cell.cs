using System.Buffers.Binary;
using System.Numerics;
using Cocoon.Cryptography;

namespace Cocoon.Ton.Cells;

/// <summary>
/// TON's unit of data: up to 1023 bits and up to 4 references to other cells. Immutable. Cells are equal when their
/// representation hashes are. Hashes and depths follow the TVM whitepaper, section 3.1, at every level.
/// </summary>
public sealed class Cell : IEquatable<Cell>
{
    /// <summary>The most data bits in a cell.</summary>
    public const int MaxBits = 1023;

    /// <summary>The most references in a cell.</summary>
    public const int MaxReferences = 4;

    /// <summary>The greatest depth of a tree of cells that the network accepts.</summary>
    public const int MaxDepth = 1024;

    internal const int DepthSize = 2;
    private const int MaxLevel = 3;

    private readonly byte[] _bits;
    private readonly Cell[] _references;
    private readonly Bits256[] _hashes;
    private readonly int[] _depths;

    /// <summary>Takes the arrays as its own. Bits after <paramref name="bitLength"/> must be zero.</summary>
    /// <exception cref="CellFormatException">The content breaks a rule of its kind, or the tree is too deep.</exception>
    internal Cell(byte[] bits, int bitLength, Cell[] references, bool exotic)
    {
        _bits = bits;
        _references = references;
        BitLength = bitLength;
        Kind = exotic ? ReadKind() : CellKind.Ordinary;
        LevelMask = CheckShape();
        var hashCount = Kind == CellKind.PrunedBranch ? 1 : BitOperations.PopCount((uint)LevelMask) + 1;
        _hashes = new Bits256[hashCount];
        _depths = new int[hashCount];
        ComputeHashes();
        CheckMerkle();
    }

    /// <summary>The cell without bits and references.</summary>
    public static Cell Empty { get; } = new([], 0, [], false);

    /// <summary>The kind.</summary>
    public CellKind Kind { get; }

    /// <summary>How many data bits it holds, 0 to 1023.</summary>
    public int BitLength { get; }

    /// <summary>The data bits, first bit highest; the unused low bits of the last byte are zero.</summary>
    public ReadOnlySpan<byte> Bits => _bits.AsSpan(0, BitData.ByteCount(BitLength));

    /// <summary>The cells it refers to, 0 to 4.</summary>
    public IReadOnlyList<Cell> References => _references;

    /// <summary>The representation hash.</summary>
    public Bits256 Hash => HashAt(MaxLevel);

    /// <summary>The length of the longest path down to a cell without references.</summary>
    public int Depth => DepthAt(MaxLevel);

    /// <summary>0 for a tree without pruned branches; else the greatest level of a pruned branch under no Merkle cell, up to 3.</summary>
    public int Level => 32 - BitOperations.LeadingZeroCount((uint)LevelMask);

    internal int LevelMask { get; }

    internal bool IsExotic => Kind != CellKind.Ordinary;

    /// <summary>The hash with the branches that were pruned above <paramref name="level"/> counted as if they were whole.</summary>
    /// <param name="level">0 to 3; 0 gives the hash of the whole tree, 3 the representation hash.</param>
    public Bits256 HashAt(int level)
    {
        var index = HashIndex(level);
        if (Kind != CellKind.PrunedBranch) return _hashes[index];
        return index == BitOperations.PopCount((uint)LevelMask) ? _hashes[0] : new Bits256(_bits.AsSpan(2 + index * Bits256.Size, Bits256.Size));
    }

    /// <summary>The depth that belongs to <see cref="HashAt"/>.</summary>
    /// <param name="level">0 to 3.</param>
    public int DepthAt(int level)
    {
        var index = HashIndex(level);
        if (Kind != CellKind.PrunedBranch) return _depths[index];
        var count = BitOperations.PopCount((uint)LevelMask);
        return index == count ? _depths[0] : BinaryPrimitives.ReadUInt16BigEndian(_bits.AsSpan(2 + count * Bits256.Size + index * DepthSize));
    }

    /// <summary>Starts to read at the first bit and the first reference.</summary>
    public CellSlice BeginParse() => new(this);

    /// <inheritdoc/>
    public bool Equals(Cell? other) => other is not null && (ReferenceEquals(this, other) || Hash == other.Hash);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Cell);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    /// <summary>The size and the hash, for people.</summary>
    public override string ToString() => $"{Kind} cell, {BitLength} bits, {_references.Length} references, {Hash}";

    /// <summary>The first descriptor byte with the level mask as seen from <paramref name="level"/>.</summary>
    internal byte FirstDescriptor(int level) =>
        (byte)(_references.Length | (IsExotic ? 8 : 0) | (LevelMask & ((1 << level) - 1)) << 5);

    internal byte SecondDescriptor => (byte)(BitLength / 8 + BitData.ByteCount(BitLength));

    /// <summary>Writes the data bytes; a last byte that is not full ends in a one bit and zeros. Returns the number of bytes.</summary>
    internal int CopyCompleted(Span<byte> destination)
    {
        var data = Bits;
        data.CopyTo(destination);
        if ((BitLength & 7) != 0) destination[data.Length - 1] |= (byte)(0x80 >> (BitLength & 7));
        return data.Length;
    }

    private int HashIndex(int level)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        return BitOperations.PopCount((uint)(LevelMask & ((1 << Math.Min(level, MaxLevel)) - 1)));
    }

    private CellKind ReadKind()
    {
        if (BitLength < 8) throw new CellFormatException($"An exotic cell starts with a byte for its kind, found {BitLength} bits.");
        return _bits[0] is >= 1 and <= 4 ? (CellKind)_bits[0] : throw new CellFormatException($"Unknown kind of exotic cell {_bits[0]}, wanted 1 to 4.");
    }

    private int CheckShape()
    {
        var mask = 0;
        foreach (var reference in _references) mask |= reference.LevelMask;
        switch (Kind)
        {
            case CellKind.PrunedBranch:
                mask = BitLength >= 16 ? _bits[1] : 0;
                if (mask is 0 or > 7) throw new CellFormatException($"A pruned branch has the level mask {mask}, wanted 1 to 7.");
                RequireShape(16 + BitOperations.PopCount((uint)mask) * 8 * (Bits256.Size + DepthSize), 0);
                return mask;
            case CellKind.LibraryReference:
                RequireShape(8 + 8 * Bits256.Size, 0);
                return 0;
            case CellKind.MerkleProof:
                RequireShape(8 + 8 * (Bits256.Size + DepthSize), 1);
                return mask >> 1;
            case CellKind.MerkleUpdate:
                RequireShape(8 + 16 * (Bits256.Size + DepthSize), 2);
                return mask >> 1;
            default:
                return mask;
        }
    }

    private void RequireShape(int bits, int references)
    {
        if (BitLength != bits || _references.Length != references)
            throw new CellFormatException(
                $"A cell of kind {Kind} has {BitLength} bits and {_references.Length} references, wanted {bits} and {references}.");
    }

    private void ComputeHashes()
    {
        Span<byte> representation = stackalloc byte[2 + 128 + MaxReferences * (DepthSize + Bits256.Size)];
        var isMerkle = Kind is CellKind.MerkleProof or CellKind.MerkleUpdate;
        var index = 0;
        // A pruned branch carries the lower hashes as its data, so only the topmost one is computed.
        for (var level = Kind == CellKind.PrunedBranch ? Level : 0; level <= Level; level++)
        {
            if (level > 0 && (LevelMask >> (level - 1) & 1) == 0) continue;
            representation[0] = FirstDescriptor(level);
            representation[1] = SecondDescriptor;
            var length = 2;
            if (index == 0)
            {
                length += CopyCompleted(representation[2..]);
            }
            else
            {
                _hashes[index - 1].CopyTo(representation[2..]);
                length += Bits256.Size;
            }

            var childLevel = isMerkle ? level + 1 : level;
            var depth = 0;
            foreach (var reference in _references)
            {
                var childDepth = reference.DepthAt(childLevel);
                depth = Math.Max(depth, childDepth + 1);
                BinaryPrimitives.WriteUInt16BigEndian(representation[length..], (ushort)childDepth);
                length += DepthSize;
            }
            if (depth > MaxDepth) throw new CellFormatException($"The tree of cells is deeper than {MaxDepth}.");
            foreach (var reference in _references)
            {
                reference.HashAt(childLevel).CopyTo(representation[length..]);
                length += Bits256.Size;
            }
            _depths[index] = depth;
            _hashes[index] = Bits256.Sha256(representation[..length]);
            index++;
        }
    }

    private void CheckMerkle()
    {
        if (Kind is not (CellKind.MerkleProof or CellKind.MerkleUpdate)) return;
        for (var i = 0; i < _references.Length; i++)
        {
            var hash = new Bits256(_bits.AsSpan(1 + i * Bits256.Size, Bits256.Size));
            var depth = BinaryPrimitives.ReadUInt16BigEndian(_bits.AsSpan(1 + _references.Length * Bits256.Size + i * DepthSize));
            if (hash != _references[i].HashAt(0) || depth != _references[i].DepthAt(0))
                throw new CellFormatException(
                    $"A cell of kind {Kind} promises a tree {hash} of depth {depth}, found {_references[i].HashAt(0)} of depth {_references[i].DepthAt(0)}.");
        }
    }
}
