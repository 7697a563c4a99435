using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Registry;

/// <summary>
/// The economic parameters of a network, and the codes of its contracts. Every channel contract keeps the parameters it was born
/// with, so any change of them changes every derived address. Parameters are equal when their cells are.
/// </summary>
public sealed record NetworkParameters
{
    /// <summary>The newest layout known here, and the only one the deployed contracts accept.</summary>
    public const byte NewestStructVersion = 3;

    private static readonly Coins DefaultStake = new(1_000_000_000);

    /// <summary>
    /// The layout, 0 to 3. Layouts before 3 have no prompt and completion multipliers, before 2 no multipliers, before 1 no stakes either.
    /// It is kept, because addresses are hashes over the layout a parameter cell was written in.
    /// </summary>
    public byte StructVersion { get; init; } = NewestStructVersion;

    /// <summary>Grows by one with every change of a price, a parameter or a contract's code.</summary>
    public required uint Version { get; init; }

    /// <summary>The network's number; it only makes addresses differ between networks.</summary>
    public required uint UniqueId { get; init; }

    /// <summary>Whether this is a test network.</summary>
    public required bool IsTest { get; init; }

    /// <summary>What a client pays, nanoTON per adjusted token.</summary>
    public required TokenPrice Price { get; init; }

    /// <summary>The part of <see cref="Price"/> a worker earns, nanoTON per adjusted token. The registry does not keep it below the price.</summary>
    public required TokenPrice WorkerFee { get; init; }

    /// <summary>What each kind of token is multiplied by; 1.0 where the layout has no field for it.</summary>
    public TokenMultipliers Multipliers { get; init; } = TokenMultipliers.One;

    /// <summary>How long a closing proxy contract waits before it may close, whole seconds below 2^32.</summary>
    public required TimeSpan ProxyCloseDelay { get; init; }

    /// <summary>How long a closing client contract waits before a refund can be forced, whole seconds below 2^32.</summary>
    public required TimeSpan ClientCloseDelay { get; init; }

    /// <summary>The stake a proxy should hold, in nanoTON; no contract enforces it. 1 TON where the layout has no field for it.</summary>
    public Coins MinProxyStake { get; init; } = DefaultStake;

    /// <summary>The stake every client contract starts with, in nanoTON. 1 TON where the layout has no field for it.</summary>
    public Coins MinClientStake { get; init; } = DefaultStake;

    /// <summary>The proxy contract's code; only the registry holds it.</summary>
    public Cell? ProxyCode { get; init; }

    /// <summary>The worker contract's code; the registry and proxy contracts hold it.</summary>
    public Cell? WorkerCode { get; init; }

    /// <summary>The client contract's code; the registry and proxy contracts hold it.</summary>
    public Cell? ClientCode { get; init; }

    /// <summary>Reads a parameter cell of any layout, to its last bit and reference.</summary>
    /// <exception cref="CellFormatException">The cell is anything else, its layout is newer, or a price exceeds 64 bits.</exception>
    public static NetworkParameters Decode(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        var slice = cell.Open();
        var layout = (byte)slice.LoadUInt(8);
        if (layout > NewestStructVersion)
        {
            throw new CellFormatException(
                $"Network parameters have layout {layout}, the newest known is {NewestStructVersion}; a newer program is needed.");
        }
        var version = (uint)slice.LoadUInt(32);
        var uniqueId = (uint)slice.LoadUInt(32);
        var isTest = slice.LoadBit();
        var price = slice.LoadPrice();
        var workerFee = slice.LoadPrice();
        var prompt = layout >= 3 ? LoadMultiplier(slice) : Multiplier.One;
        var cached = layout >= 2 ? LoadMultiplier(slice) : Multiplier.One;
        var completion = layout >= 3 ? LoadMultiplier(slice) : Multiplier.One;
        var reasoning = layout >= 2 ? LoadMultiplier(slice) : Multiplier.One;
        var parameters = new NetworkParameters
        {
            StructVersion = layout,
            Version = version,
            UniqueId = uniqueId,
            IsTest = isTest,
            Price = price,
            WorkerFee = workerFee,
            Multipliers = new TokenMultipliers(prompt, cached, completion, reasoning),
            ProxyCloseDelay = slice.LoadDelay(),
            ClientCloseDelay = slice.LoadDelay(),
            MinProxyStake = layout >= 1 ? slice.LoadCoins() : DefaultStake,
            MinClientStake = layout >= 1 ? slice.LoadCoins() : DefaultStake,
            ProxyCode = slice.LoadMaybeReference(),
            WorkerCode = slice.LoadMaybeReference(),
            ClientCode = slice.LoadMaybeReference(),
        };
        slice.EnsureEnd();
        return parameters;
    }

    /// <summary>The parameter cell, in the layout <see cref="StructVersion"/> says and with the codes that are set.</summary>
    public Cell ToCell()
    {
        var builder = new CellBuilder()
            .StoreUInt(StructVersion, 8).StoreUInt(Version, 32).StoreUInt(UniqueId, 32).StoreBit(IsTest)
            .StorePrice(Price).StorePrice(WorkerFee);
        if (StructVersion >= 3)
            builder.StoreUInt(Multipliers.Prompt.TenThousandths, 32);
        if (StructVersion >= 2)
            builder.StoreUInt(Multipliers.Cached.TenThousandths, 32);
        if (StructVersion >= 3)
            builder.StoreUInt(Multipliers.Completion.TenThousandths, 32);
        if (StructVersion >= 2)
            builder.StoreUInt(Multipliers.Reasoning.TenThousandths, 32);
        builder.StoreDelay(ProxyCloseDelay).StoreDelay(ClientCloseDelay);
        if (StructVersion >= 1)
            builder.StoreCoins(MinProxyStake).StoreCoins(MinClientStake);
        return builder.StoreMaybeReference(ProxyCode).StoreMaybeReference(WorkerCode).StoreMaybeReference(ClientCode).Build();
    }

    /// <summary>The parameters as a proxy contract holds them: without its own code.</summary>
    public NetworkParameters ForProxy() => this with { ProxyCode = null };

    /// <summary>The parameters as client and worker contracts hold them: without codes.</summary>
    public NetworkParameters ForChannel() => this with { ProxyCode = null, WorkerCode = null, ClientCode = null };

    /// <inheritdoc/>
    public bool Equals(NetworkParameters? other) => other is not null && ToCell().Hash == other.ToCell().Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => ToCell().Hash.GetHashCode();

    private static Multiplier LoadMultiplier(CellSlice slice) => new((uint)slice.LoadUInt(32));
}
