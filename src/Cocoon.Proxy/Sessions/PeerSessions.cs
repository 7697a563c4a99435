using System.IO.Pipelines;
using Cocoon.Attestation;
using Cocoon.Contracts.Registry;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;
using Microsoft.Extensions.Logging;

namespace Cocoon.Proxy.Sessions;

/// <summary>The connections of a proxy's two ports, each served from the byte stream on, and what all of them are told.</summary>
internal sealed class PeerSessions(ProxyCore core, ILogger<Session> logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ClientSession> _clients = [];
    private readonly HashSet<WorkerSession> _workers = [];

    /// <summary>The clients whose handshake is complete.</summary>
    public IReadOnlyList<ClientSession> ReadyClients
    {
        get
        {
            lock (_gate) return [.. _clients.Where(client => client.Ready)];
        }
    }

    /// <summary>Serves a worker's connection to its end.</summary>
    /// <exception cref="SessionException">The connection ended otherwise than in good order.</exception>
    public async Task ServeWorkerAsync(IDuplexPipe transport, PeerEvidence evidence, IEvidenceExchange? exchange, CancellationToken cancellationToken)
    {
        using var handler = new WorkerSession(core, evidence, exchange);
        lock (_gate) _workers.Add(handler);
        try
        {
            await ServeAsync(transport, handler, () => handler.Ready, TimeSpan.FromSeconds(core.Options.WorkerHandshakeSeconds), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _workers.Remove(handler);
            if (handler.Connection is { } connection)
                await connection.Telling.WhenEmptyAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Serves a client's connection to its end.</summary>
    /// <exception cref="SessionException">The connection ended otherwise than in good order.</exception>
    public async Task ServeClientAsync(IDuplexPipe transport, PeerEvidence evidence, IEvidenceExchange? exchange, CancellationToken cancellationToken)
    {
        var handler = new ClientSession(core, evidence, exchange);
        lock (_gate) _clients.Add(handler);
        try
        {
            await ServeAsync(transport, handler, () => handler.Ready, TimeSpan.FromSeconds(core.Options.ClientHandshakeSeconds), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _clients.Remove(handler);
            await handler.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connections of workers that the registry does not allow any more.</summary>
    public void Recheck(NetworkRegistry registry)
    {
        WorkerSession[] workers;
        lock (_gate) workers = [.. _workers];
        foreach (var worker in workers) worker.Recheck(registry);
    }

    /// <summary>Shows the connected owners of these accounts their newest vouchers, so that nobody has to ask to be paid.</summary>
    public void ShowVouchers(IEnumerable<(LedgerSide Side, TonAddress Owner)> accounts)
    {
        var grown = accounts.ToHashSet();
        lock (_gate)
        {
            foreach (var worker in _workers)
            {
                if (worker.Connection is { } connection && grown.Contains((LedgerSide.Worker, connection.Owner)))
                    _ = Task.Run(worker.ShowVoucherAsync);
            }
            foreach (var client in _clients)
            {
                if (client.Ready && grown.Contains((LedgerSide.Client, client.Owner)))
                    _ = Task.Run(client.ShowVoucherAsync);
            }
        }
    }

    private async Task ServeAsync(
        IDuplexPipe transport, ISessionHandler handler, Func<bool> ready, TimeSpan handshakeTimeout, CancellationToken cancellationToken)
    {
        var options = core.Options.Limits.ForSession(logger) with { DeadPeerTimeout = TimeSpan.FromSeconds(core.Options.SilentPeerSeconds) };
        var session = await Session.AcceptAsync(transport, options, handler, core.Time, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var timer = core.Time.CreateTimer(
                _ =>
                {
                    if (!ready()) session.Abort($"the handshake was not complete after {handshakeTimeout}");
                },
                null, handshakeTimeout, Timeout.InfiniteTimeSpan);
            await using (timer.ConfigureAwait(false))
            {
                await session.Completion.ConfigureAwait(false);
            }
        }
    }
}
