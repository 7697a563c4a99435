using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Codes;

/// <summary>The compiled code of the five contracts of this build, carried inside the assembly.</summary>
public static class ContractCodes
{
    private static readonly Lazy<Cell> LazyRoot = new(() => Load("CocoonRoot"));
    private static readonly Lazy<Cell> LazyProxy = new(() => Load("CocoonProxy"));
    private static readonly Lazy<Cell> LazyClient = new(() => Load("CocoonClient"));
    private static readonly Lazy<Cell> LazyWorker = new(() => Load("CocoonWorker"));
    private static readonly Lazy<Cell> LazyWallet = new(() => Load("CocoonWallet"));

    /// <summary>The registry's code.</summary>
    public static Cell Root => LazyRoot.Value;

    /// <summary>The proxy contract's code.</summary>
    public static Cell Proxy => LazyProxy.Value;

    /// <summary>The client contract's code.</summary>
    public static Cell Client => LazyClient.Value;

    /// <summary>The worker contract's code.</summary>
    public static Cell Worker => LazyWorker.Value;

    /// <summary>The node wallet's code.</summary>
    public static Cell Wallet => LazyWallet.Value;

    private static Cell Load(string name)
    {
        using var resource = typeof(ContractCodes).Assembly.GetManifestResourceStream(name + ".boc")
            ?? throw new InvalidOperationException($"The assembly was built without the code of {name}; build the contracts first.");
        var boc = new byte[resource.Length];
        resource.ReadExactly(boc);
        return BagOfCells.Deserialize(boc);
    }
}
