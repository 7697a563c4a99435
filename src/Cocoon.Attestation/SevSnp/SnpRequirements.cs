using System.Collections.Immutable;

namespace Cocoon.Attestation.SevSnp;

/// <summary>What a verifier wants of a guest, beyond a report that AMD's keys vouch for. The defaults refuse what lets a host read the guest.</summary>
public sealed record SnpRequirements
{
    /// <summary>The lowest patch levels per product line; a product line that is not listed has none. Empty by default.</summary>
    /// <remarks>They are held against the reported, the committed, the current and the launch TCB: each names a moment at which older firmware ran or may run.</remarks>
    public ImmutableDictionary<SnpProduct, SnpTcb> MinimumTcb { get; init; } = ImmutableDictionary<SnpProduct, SnpTcb>.Empty;

    /// <summary>The product lines that are accepted; all by default.</summary>
    public ImmutableArray<SnpProduct> Products { get; init; } = [SnpProduct.Milan, SnpProduct.Genoa, SnpProduct.Turin];

    /// <summary>Whether the guest may run beside other guests on the threads of one core. Default true: clouds rarely turn it off.</summary>
    public bool AllowSmt { get; init; } = true;

    /// <summary>Whether the host may debug, and so read, the guest. Default false; nothing that such a guest says is worth anything.</summary>
    public bool AllowDebug { get; init; }

    /// <summary>Whether a migration agent may move, and so read, the guest. Default false.</summary>
    public bool AllowMigration { get; init; }

    /// <summary>Whether a cloud provider's key may stand in for the chip's. Default false: such a report names no chip.</summary>
    public bool AllowVlek { get; init; }

    /// <summary>Whether the host may hide which chip it is. Default false.</summary>
    public bool AllowMaskedChip { get; init; }

    /// <summary>The least privileged level that may have asked for the report, 0 to 3. Default 0, where the guest's firmware or kernel runs alone.</summary>
    public uint MaxVmpl { get; init; }

    /// <summary>The lowest version of the guest's image by its owner's count. Default 0.</summary>
    public uint MinGuestSvn { get; init; }

    /// <summary>The launch measurements that are accepted, 48 bytes each; empty accepts all.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Measurements { get; init; } = [];

    /// <summary>The host data that is accepted, 32 bytes each; empty accepts all.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> HostData { get; init; } = [];

    /// <summary>The chips that are accepted, 64 bytes each; empty accepts all.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> ChipIds { get; init; } = [];

    /// <summary>Whether AMD's revocation list of the product line has to be at hand. Default false; one that is at hand is always obeyed.</summary>
    public bool RequireRevocationList { get; init; }
}
