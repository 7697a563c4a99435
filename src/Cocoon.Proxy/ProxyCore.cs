using Cocoon.Attestation;
using Cocoon.Node.Registry;
using Cocoon.Proxy.Configuration;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Proxy.Settlement;
using Cocoon.Ton;

namespace Cocoon.Proxy;

/// <summary>What the sessions of one proxy share.</summary>
internal sealed record ProxyCore(
    ProxyOptions Options,
    RegistryMonitor Registry,
    ProxyIdentity Identity,
    ProxyLedger Ledger,
    ClientChannels Channels,
    VoucherBook Vouchers,
    Registrations Registrations,
    WorkerPool Pool,
    RequestRelay Relay,
    TimeProvider Time,
    CancellationToken Stopping)
{
    /// <summary>Known images, to explain others.</summary>
    public ReferenceValues References { get; init; } = ReferenceValues.None;

    /// <summary>The text form of a contract address that peers compare: not bounceable, with this network's testnet flag.</summary>
    public string Text(TonAddress address) => address.ToFriendly(bounceable: false, testnet: Options.Network.Testnet);
}
