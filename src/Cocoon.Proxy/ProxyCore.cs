using Cocoon.Node;
using Cocoon.Proxy.Configuration;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Proxy.Settlement;

namespace Cocoon.Proxy;

/// <summary>What the sessions of one proxy share.</summary>
internal sealed record ProxyCore(
    NodeRuntime Node,
    ProxyOptions Options,
    ProxyIdentity Identity,
    ProxyLedger Ledger,
    ClientChannels Channels,
    VoucherBook Vouchers,
    Registrations Registrations,
    WorkerPool Pool,
    RequestRelay Relay)
{
    /// <summary>Cancelled when the proxy stops.</summary>
    public CancellationToken Stopping => Node.Stopping;

    /// <summary>Now, in Unix seconds.</summary>
    public double UnixNow() => (Node.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
}
