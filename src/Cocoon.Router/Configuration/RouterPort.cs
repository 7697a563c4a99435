using System.Collections.Immutable;
using System.Net;
using Cocoon.Attestation;
using Cocoon.Attestation.Policies;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;

namespace Cocoon.Router.Configuration;

/// <summary>A port's options, read and checked.</summary>
/// <param name="Options">The options.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Listen">Where it listens.</param>
/// <param name="Destination">The one peer or local program behind it; null for <see cref="RouterPortKind.Socks5"/>.</param>
/// <param name="Policy">Judges peers.</param>
internal sealed record RouterPort(RouterPortOptions Options, RouterPortKind Kind, IPEndPoint Listen, PeerTarget? Destination, IEvidencePolicy Policy)
{
    /// <summary>Reads the options of one port.</summary>
    /// <param name="options">The options, within their ranges.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="evidence">Makes policies.</param>
    /// <exception cref="ConfigurationException">Something cannot be used.</exception>
    public static RouterPort Read(RouterPortOptions options, string name, EvidenceServices evidence)
    {
        var kind = options.Kind switch
        {
            "socks5" => RouterPortKind.Socks5,
            "forward" => RouterPortKind.Forward,
            "reverse" => RouterPortKind.Reverse,
            _ => throw new ConfigurationException($"{name}.Kind: there is no '{options.Kind}'; choose one of socks5, forward, reverse."),
        };
        var address = IPAddress.Loopback;
        if (kind == RouterPortKind.Reverse && !IPAddress.TryParse(options.ListenAddress, out address!))
            throw new ConfigurationException($"{name}.ListenAddress: '{options.ListenAddress}' is not an IP address.");
        return new RouterPort(options, kind, new IPEndPoint(address, options.Port), ReadDestination(options, kind, name), ReadPolicy(options, name, evidence));
    }

    private static PeerTarget? ReadDestination(RouterPortOptions options, RouterPortKind kind, string name)
    {
        if (kind == RouterPortKind.Socks5)
        {
            return options.Destination.Length == 0 ? null
                : throw new ConfigurationException($"{name}.Destination: a socks5 port has none, it is asked for one; found '{options.Destination}'.");
        }
        var isAddress = IPEndPoint.TryParse(options.Destination, out var address) && address.Port != 0;
        if (kind == RouterPortKind.Reverse && !(isAddress && IPAddress.IsLoopback(address!.Address)))
        {
            throw new ConfigurationException(
                $"{name}.Destination: what a reverse port passes on is not encrypted, so it must go to a loopback address and a port such as 127.0.0.1:11101, found '{options.Destination}'.");
        }
        if (isAddress)
            return new PeerTarget(address!.Address.ToString(), address.Port);
        return ProxyEndpoint.TryParse(options.Destination, out var named) ? new PeerTarget(named.Host, named.Port)
            : throw new ConfigurationException($"{name}.Destination: wanted host:port, found '{options.Destination}'.");
    }

    private static IEvidencePolicy ReadPolicy(RouterPortOptions options, string name, EvidenceServices evidence)
    {
        ImmutableArray<Bits256> images = [.. options.AllowedImages.Select(image => Bits256.TryParse(image, out var hash) ? hash
            : throw new ConfigurationException($"{name}.AllowedImages: wanted 64 hexadecimal digits, found '{image}'."))];
        try
        {
            return evidence.CreatePolicy(options.Policy, new ImageAllowList(images));
        }
        catch (ConfigurationException exception)
        {
            throw new ConfigurationException($"{name}.Policy: {exception.Message}");
        }
    }
}
