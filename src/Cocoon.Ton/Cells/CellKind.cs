namespace Cocoon.Ton.Cells;

/// <summary>What a cell is. The values of the exotic kinds are the first byte of such a cell (TVM whitepaper, section 3.1.7).</summary>
public enum CellKind
{
    /// <summary>Plain data and references.</summary>
    Ordinary = 0,

    /// <summary>Stands for a subtree that was left out; keeps its hashes and depths.</summary>
    PrunedBranch = 1,

    /// <summary>Stands for a cell that a library holds, named by its hash.</summary>
    LibraryReference = 2,

    /// <summary>Holds one tree with pruned branches, and the hash of the whole one.</summary>
    MerkleProof = 3,

    /// <summary>Holds the trees before and after a change, and the hashes of the whole ones.</summary>
    MerkleUpdate = 4,
}
