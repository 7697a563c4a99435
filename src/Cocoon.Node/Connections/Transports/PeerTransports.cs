using System.Net;
using Cocoon.Node.Configuration;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections.Transports;

/// <summary>The transports by their names in configuration.</summary>
public static class PeerTransports
{
    internal const string AttestedTls = "attested_tls";
    internal const string Router = "router";
    internal const string Plain = "plain";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [AttestedTls, Router, Plain];

    /// <summary>The transport that the options name.</summary>
    /// <param name="options">The role's options.</param>
    /// <param name="evidence">Makes the evidence source and policies; it stays the caller's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <exception cref="ConfigurationException">There is none, or it cannot be used with the other options.</exception>
    public static IPeerTransport Create(NodeOptions options, EvidenceServices evidence, TimeProvider time, ILoggerFactory loggers)
    {
        switch (options.Transport)
        {
            case AttestedTls:
                return new AttestedTlsTransport(options, evidence, time, loggers);
            case Router:
                return new RouterTransport(RouterAddress(options), evidence, options.Limits, time);
            case Plain when options.Network.Test:
                PlainTransport.CheckPolicy(options.PeerPolicy);
                return new PlainTransport();
            case Plain:
                throw new ConfigurationException(
                    "Transport: 'plain' neither encrypts nor knows its peers, and Network.Test is false. Use it on a test network only, elsewhere 'attested_tls' or 'router'.");
            default:
                throw new ConfigurationException($"Transport: there is no '{options.Transport}'; choose one of {string.Join(", ", Names)}.");
        }
    }

    /// <summary>Checks that a port may be opened on an address.</summary>
    /// <exception cref="ConfigurationException">It may not, with this transport.</exception>
    public static void CheckListening(NodeOptions options, IPAddress address)
    {
        if (options.Transport is Router or Plain && !IPAddress.IsLoopback(address))
        {
            throw new ConfigurationException(
                $"ListenAddress: with Transport '{options.Transport}' whoever reaches a port can claim to be anybody, so it must be a loopback address such as 127.0.0.1, found '{address}'.");
        }
    }

    private static IPEndPoint RouterAddress(NodeOptions options) =>
        IPEndPoint.TryParse(options.Router, out var router) && IPAddress.IsLoopback(router.Address) && router.Port != 0
            ? router
            : throw new ConfigurationException(
                $"Router: a router is trusted with who the peers are, so it must be a loopback address with a port such as 127.0.0.1:8116, found '{options.Router}'.");
}
