using System.Text.Json;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Node.Configuration;
using Cocoon.Protocol.Messages;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Node.FixedNetwork;

/// <summary>
/// A registry that is a file instead of a contract, in the network's own form <c>rootConfig.pseudo</c>. What that form has no field for is the same on
/// every such network: it is a test network, numbered 13, with the parameter layout 1.
/// </summary>
public static class FixedRegistry
{
    private const long MaxBytes = 4 << 20;

    /// <summary>Reads the file, at most 4 MiB of JSON.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read or does not hold a registry; the message says what is wrong with it.</exception>
    public static NetworkRegistry Load(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            if (stream.Length > MaxBytes)
                throw new FormatException($"found {stream.Length} bytes, wanted at most {MaxBytes}.");
            // Through the contract's own form, so that nothing is taken from a file that a chain could not hold.
            return NetworkRegistry.Decode(From(RootConfigJson.Read(stream)).ToCell());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or CellFormatException or ArgumentException)
        {
            throw new ConfigurationException($"Network.FixedRegistry: '{file}' cannot be used: {exception.Message}");
        }
    }

    private static NetworkRegistry From(RootConfigPseudo config) => new()
    {
        Owner = config.RootOwnerAddress.Length == 0 ? null
            : TonAddress.TryParse(config.RootOwnerAddress, out var owner) ? owner
            : throw new FormatException($"root_owner_address: '{config.RootOwnerAddress}' is not a TON address."),
        Version = NotNegative(config.Version, "version"),
        ProxyImageHashes = [.. config.ProxyHashes],
        WorkerImageHashes = [.. config.WorkerHashes],
        ModelHashes = [.. config.ModelHashes, .. config.ModelTypes.Select(NetworkRegistry.ModelHash)],
        // As in the contract, entries that name no usable endpoint are left out.
        Proxies = [.. config.RegisteredProxies.Select(Proxy).OfType<RegisteredProxy>()],
        LastProxySeqno = NotNegative(config.LastProxySeqno, "last_proxy_seqno"),
        Parameters = new NetworkParameters
        {
            StructVersion = 1,
            Version = NotNegative(config.ParamsVersion, "params_version"),
            UniqueId = 13,
            IsTest = true,
            Price = new TokenPrice(NotNegative(config.PricePerToken, "price_per_token")),
            WorkerFee = new TokenPrice(NotNegative(config.WorkerFeePerToken, "worker_fee_per_token")),
            ProxyCloseDelay = TimeSpan.FromSeconds(600),
            ClientCloseDelay = TimeSpan.FromSeconds(300),
            ProxyCode = Code(config.ProxyScCode, "proxy_sc_code"),
            WorkerCode = Code(config.WorkerScCode, "worker_sc_code"),
            ClientCode = Code(config.ClientScCode, "client_sc_code"),
        },
    };

    private static RegisteredProxy? Proxy(RootConfigRegisteredProxy entry) =>
        RegisteredProxy.TryParse(NotNegative(entry.Seqno, "registered_proxies.seqno"), entry.Address, out var proxy) ? proxy : null;

    private static uint NotNegative(int value, string name) =>
        value >= 0 ? (uint)value : throw new FormatException($"{name}: found {value}, wanted 0 or more.");

    private static Cell Code(string hex, string name)
    {
        try
        {
            return BagOfCells.Deserialize(Convert.FromHexString(hex));
        }
        catch (Exception exception) when (exception is FormatException or CellFormatException)
        {
            throw new FormatException($"{name}: wanted a bag of cells in hexadecimal digits, found {hex.Length} characters. {exception.Message}");
        }
    }
}
