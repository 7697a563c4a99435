using Cocoon.Contracts.Registry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections;

/// <summary>
/// Keeps a node connected to the registry's proxies, dialling again with growing pauses when a connection ends. A proxy that has held no
/// connection for five minutes gives its place to the next one. When the network's parameters change every connection is closed and made
/// anew, because every contract address is another one then.
/// </summary>
public sealed partial class ProxyLinks(
    NodeRuntime node, ProxySide side, int wanted, Func<RegisteredProxy, ConnectionContext, CancellationToken, Task> serve, ILogger<ProxyLinks> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Dials and serves until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var changed = node.Registry.Changed;
            var snapshot = node.Registry.Current.Registry;
            using var round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var turns = new ProxyTurns(snapshot.Proxies);
            var loops = Enumerable.Range(0, Math.Min(wanted, snapshot.Proxies.Length)).Select(_ => KeepOneAsync(turns, round.Token)).ToArray();
            if (loops.Length == 0)
                LogNoProxy(snapshot.Version);
            while (true)
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                changed = node.Registry.Changed;
                var now = node.Registry.Current.Registry;
                if (cancellationToken.IsCancellationRequested || now.Parameters.Version != snapshot.Parameters.Version || !turns.TryUpdate(now.Proxies)
                    || Math.Min(wanted, now.Proxies.Length) > loops.Length)
                    break;
            }
            await round.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepOneAsync(ProxyTurns turns, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var proxy = turns.Take();
            await KeepAsync(proxy, cancellationToken).ConfigureAwait(false);
            turns.Return(proxy);
        }
    }

    private async Task KeepAsync(RegisteredProxy proxy, CancellationToken cancellationToken)
    {
        var endpoint = side == ProxySide.Worker ? proxy.WorkerEndpoint : proxy.ClientEndpoint;
        var pauses = new Backoff(FirstPause, LongestPause);
        // Only what was served counts as held: a peer that keeps the handshake waiting holds nothing.
        long? servedSince = null;
        using var dialler = node.Dialler(connection =>
        {
            servedSince = node.Time.GetTimestamp();
            return serve(proxy, connection, cancellationToken);
        });
        var heldAt = node.Time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested && node.Time.GetElapsedTime(heldAt) < Patience)
        {
            servedSince = null;
            try
            {
                await dialler.RunAsync(endpoint.Host, endpoint.Port, cancellationToken).ConfigureAwait(false);
                LogEnded(endpoint, "the connection was closed");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            // Whatever ends one connection, the next attempt must follow.
            catch (Exception exception)
            {
                LogEnded(endpoint, exception.Message);
            }
            if (servedSince is { } since && node.Time.GetElapsedTime(since) > Settled)
            {
                pauses.Reset();
                heldAt = node.Time.GetTimestamp();
            }
            await Task.Delay(pauses.Next(), node.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Registry version {Version} lists no proxy to connect to; waiting for a change")]
    private partial void LogNoProxy(uint version);

    [LoggerMessage(LogLevel.Information, "No connection to proxy {Endpoint}: {Reason}")]
    private partial void LogEnded(ProxyEndpoint endpoint, string reason);
}
