using Cocoon.Attestation;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Ton;

namespace Cocoon.Node.Connections;

/// <summary>What a proxy says of itself to whoever dialled it, after it was compared with what the registry's parameters give.</summary>
/// <param name="Key">The key that signs its vouchers.</param>
/// <param name="Contract">Its contract.</param>
/// <param name="Parameters">The parameters that contract was derived from.</param>
/// <param name="ProtocolVersion">The version it chose, 0 to <see cref="ProtocolVersions.Newest"/>.</param>
public sealed record ProxyIntroduction(Ed25519PublicKey Key, TonAddress Contract, NetworkParameters Parameters, int ProtocolVersion)
{
    /// <summary>
    /// Checks an introduction. Only the equality of addresses ties a proxy to the registry: another root, price, code or key gives another one.
    /// </summary>
    /// <param name="said">What the proxy says.</param>
    /// <param name="parameters">The registry's parameters.</param>
    /// <param name="root">The registry's address.</param>
    /// <param name="exchange">The connection's evidence; null where it is not this process that attests itself.</param>
    /// <exception cref="IOException">A check failed; the message says which, what was found and what was wanted.</exception>
    public static ProxyIntroduction Verify(ProxyParams said, NetworkParameters parameters, TonAddress root, IEvidenceExchange? exchange)
    {
        ArgumentNullException.ThrowIfNull(said);
        ArgumentNullException.ThrowIfNull(parameters);
        if (said.IsTest is null && said.ProtoVersion is null)
            throw new IOException("the proxy tells neither its test mode nor a protocol version; it is too old");
        if (said.IsTest is { } isTest && isTest != parameters.IsTest)
            throw new IOException($"test mode mismatch: found {isTest}, wanted {parameters.IsTest}");
        var (version, newest) = (said.ProtoVersion ?? 0, ProtocolVersions.NewestOn(exchange is not null));
        if (version < ProtocolVersions.Original || version > newest)
            throw new IOException($"the proxy chose protocol version {version}, wanted {ProtocolVersions.Original} to {newest}");
        if (version < ProtocolVersions.FreshEvidence && exchange?.FindRefusalOfAbsence() is { } refusal)
            throw new IOException(refusal);
        if (!TonAddress.TryParse(said.ProxyOwnerAddress, out var owner))
            throw new IOException("the address of the proxy's owner is no TON address");
        var key = new Ed25519PublicKey(said.ProxyPublicKey);
        var contract = new ProxyContract(parameters, owner, key, root).Address;
        RequireAddress("the proxy's contract", said.ProxyScAddress, contract);
        return new ProxyIntroduction(key, contract, parameters, version);
    }

    /// <summary>Checks that a peer gives a contract the address that follows from the registry.</summary>
    /// <param name="what">The contract, for people.</param>
    /// <param name="said">The address as the peer wrote it. Never quoted: it can be anything.</param>
    /// <param name="derived">The address that follows from the registry.</param>
    /// <exception cref="IOException">They differ.</exception>
    public static void RequireAddress(string what, string said, TonAddress derived)
    {
        var parsed = TonAddress.TryParse(said, out var address);
        if (!parsed || address != derived)
        {
            throw new IOException(
                $"the address of {what} is wrong: found {(parsed ? address.ToRaw() : "no TON address")}, wanted {derived.ToRaw()}. The proxy may know other network parameters");
        }
    }
}
