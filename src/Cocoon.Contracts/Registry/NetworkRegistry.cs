using System.Collections.Immutable;
using System.Text;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Registry;

/// <summary>
/// What the registry (the root contract) holds, as one immutable snapshot: who may take part, where proxies are, what things cost.
/// Snapshots are equal when their cells are.
/// </summary>
public sealed record NetworkRegistry
{
    /// <summary>Who may change the registry; null when it was given away to nobody.</summary>
    public required TonAddress? Owner { get; init; }

    /// <summary>Grows by one with every change but those of code.</summary>
    public required uint Version { get; init; }

    /// <summary>Image hashes a proxy may attest.</summary>
    public ImmutableSortedSet<Bits256> ProxyImageHashes { get; init; } = [];

    /// <summary>Image hashes a worker may attest.</summary>
    public ImmutableSortedSet<Bits256> WorkerImageHashes { get; init; } = [];

    /// <summary>The keys of allowed models, see <see cref="ModelHash"/>.</summary>
    public ImmutableSortedSet<Bits256> ModelHashes { get; init; } = [];

    /// <summary>The listed proxies in the order of their numbers. Entries of an unknown type, or that name no usable endpoint, are left out.</summary>
    public ImmutableArray<RegisteredProxy> Proxies { get; init; } = [];

    /// <summary>The number of the proxy registered last, 0 when there was none.</summary>
    public uint LastProxySeqno { get; init; }

    /// <summary>Prices, delays, stakes and the codes of the contracts.</summary>
    public required NetworkParameters Parameters { get; init; }

    /// <summary>The key a model is listed under: the SHA-256 of its name's UTF-8 text before the first <c>@</c>.</summary>
    public static Bits256 ModelHash(string modelName)
    {
        ArgumentNullException.ThrowIfNull(modelName);
        var at = modelName.IndexOf('@', StringComparison.Ordinal);
        return Bits256.Sha256(Encoding.UTF8.GetBytes(at < 0 ? modelName : modelName[..at]));
    }

    /// <summary>Reads the root contract's data, to the last bit and reference of each cell.</summary>
    /// <exception cref="CellFormatException">The data is anything else, or a list has more than 65536 entries.</exception>
    public static NetworkRegistry Decode(Cell data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var slice = data.Open();
        var owner = slice.LoadAddress();
        var version = (uint)slice.LoadUInt(32);
        var lists = slice.LoadReference().Open();
        var parameters = NetworkParameters.Decode(slice.LoadReference());
        slice.EnsureEnd();

        var proxyHashes = LoadHashes(lists);
        var proxies = LoadProxies(lists);
        var lastSeqno = (uint)lists.LoadUInt(32);
        var workerHashes = LoadHashes(lists);
        var modelHashes = LoadHashes(lists);
        lists.EnsureEnd();
        return new NetworkRegistry
        {
            Owner = owner,
            Version = version,
            ProxyImageHashes = proxyHashes,
            Proxies = proxies,
            LastProxySeqno = lastSeqno,
            WorkerImageHashes = workerHashes,
            ModelHashes = modelHashes,
            Parameters = parameters,
        };
    }

    /// <summary>The root contract's data. Entries that reading left out are not in it.</summary>
    public Cell ToCell()
    {
        var lists = new CellBuilder();
        StoreHashes(lists, ProxyImageHashes);
        var proxies = new HashmapE(32);
        foreach (var proxy in Proxies)
            proxies.Set(proxy.Seqno, EndpointText.Store(new CellBuilder(), proxy.Description).Build());
        lists.StoreDictionary(proxies);
        lists.StoreUInt(LastProxySeqno, 32);
        StoreHashes(lists, WorkerImageHashes);
        StoreHashes(lists, ModelHashes);
        return new CellBuilder()
            .StoreAddress(Owner).StoreUInt(Version, 32).StoreReference(lists.Build()).StoreReference(Parameters.ToCell()).Build();
    }

    /// <inheritdoc/>
    public bool Equals(NetworkRegistry? other) => other is not null && ToCell().Hash == other.ToCell().Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => ToCell().Hash.GetHashCode();

    private static ImmutableSortedSet<Bits256> LoadHashes(CellSlice slice)
    {
        var hashes = ImmutableSortedSet.CreateBuilder<Bits256>();
        foreach (var (key, _) in slice.LoadDictionary(256))
            hashes.Add(key.ToBits256());
        return hashes.ToImmutable();
    }

    private static void StoreHashes(CellBuilder builder, ImmutableSortedSet<Bits256> hashes)
    {
        var dictionary = new HashmapE(256);
        foreach (var hash in hashes)
            dictionary.Set(hash, Cell.Empty);
        builder.StoreDictionary(dictionary);
    }

    private static ImmutableArray<RegisteredProxy> LoadProxies(CellSlice slice)
    {
        var proxies = ImmutableArray.CreateBuilder<RegisteredProxy>();
        foreach (var (key, value) in slice.LoadDictionary(32))
        {
            var entry = value.Open();
            if (EndpointText.Load(entry) is not { } description)
                continue;
            entry.EnsureEnd();
            if (RegisteredProxy.TryParse((uint)key.ToUInt64(), description, out var proxy))
                proxies.Add(proxy);
        }
        return proxies.ToImmutable();
    }
}
