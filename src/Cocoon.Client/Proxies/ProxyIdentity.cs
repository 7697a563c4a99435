using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Ton;

namespace Cocoon.Client.Proxies;

/// <summary>Who a proxy says it is, after its contract addresses were derived anew from the registry and compared.</summary>
/// <param name="Key">The key that signs its vouchers.</param>
/// <param name="Contract">Its contract.</param>
/// <param name="Channel">This client's contract with it.</param>
/// <param name="Parameters">The parameters both were derived from.</param>
/// <param name="ProtocolVersion">The version it chose.</param>
internal sealed record ProxyIdentity(
    Ed25519PublicKey Key, TonAddress Contract, ClientContract Channel, NetworkParameters Parameters, int ProtocolVersion)
{
    public const int NewestProtocolVersion = 2;

    /// <exception cref="ProxyFaultException">A check failed; the message says which, what was found and what was wanted.</exception>
    public static ProxyIdentity Verify(ClientConnectedToProxy answer, NetworkParameters parameters, TonAddress root, TonAddress wallet, bool testnet)
    {
        var proxy = answer.Params;
        if (proxy.IsTest is null && proxy.ProtoVersion is null)
            throw new ProxyFaultException("The proxy speaks a protocol older than any known here: it sent none of the optional blocks.");
        if (proxy.IsTest is { } isTest && isTest != parameters.IsTest)
            throw new ProxyFaultException($"The proxy says test={isTest}, the registry says test={parameters.IsTest}.");
        var version = proxy.ProtoVersion ?? 0;
        if (version is < 0 or > NewestProtocolVersion)
            throw new ProxyFaultException($"The proxy chose protocol version {version}, wanted 0 to {NewestProtocolVersion}.");
        if (!TonAddress.TryParse(proxy.ProxyOwnerAddress, out var owner))
            throw new ProxyFaultException("The proxy's owner address is no TON address.");

        var key = new Ed25519PublicKey(proxy.ProxyPublicKey);
        var contract = new ProxyContract(parameters, owner, key, root);
        Compare("The proxy's contract", proxy.ProxyScAddress, contract.Address, testnet);
        var channel = new ClientContract(parameters, wallet, contract.Address, key);
        Compare("This client's contract", answer.ClientScAddress, channel.Address, testnet);
        return new ProxyIdentity(key, contract.Address, channel, parameters, version);
    }

    private static void Compare(string what, string said, TonAddress derived, bool testnet)
    {
        if (!TonAddress.TryParse(said, out var address) || address != derived)
        {
            throw new ProxyFaultException(
                $"{what} is {derived.ToFriendly(bounceable: false, testnet)} by the registry's parameters, the proxy says otherwise. "
                + "It may know other parameters; it is tried again.");
        }
    }
}
