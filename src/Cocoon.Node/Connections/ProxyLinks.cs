using System.Net;
using Cocoon.Contracts.Registry;
using Cocoon.Node.Registry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections;

/// <summary>
/// Keeps a node connected to the registry's proxies: one loop a proxy, dialling again with growing pauses when a connection ends. When the
/// network's parameters change every connection is closed and made anew, because every contract address is another one then.
/// </summary>
public sealed partial class ProxyLinks(
    RegistryMonitor registry,
    ProxySide side,
    int wanted,
    Func<ConnectionDelegate, PeerDialler> diallers,
    Func<RegisteredProxy, ConnectionContext, CancellationToken, Task> serve,
    TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);

    /// <summary>Dials and serves until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var changed = registry.Changed;
            var snapshot = registry.Current.Registry;
            using var round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // Any proxy will do; a stable choice a round keeps sessions, and different nodes choose differently.
            var chosen = snapshot.Proxies.OrderBy(_ => System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue)).Take(wanted).ToArray();
            var loops = chosen.Select(proxy => KeepAsync(proxy, round.Token)).ToArray();
            if (chosen.Length == 0)
                LogNoProxy(snapshot.Version);
            while (true)
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                changed = registry.Changed;
                var now = registry.Current.Registry;
                if (cancellationToken.IsCancellationRequested || now.Parameters.Version != snapshot.Parameters.Version || !chosen.All(now.Proxies.Contains)
                    || (chosen.Length < wanted && now.Proxies.Length > chosen.Length))
                    break;
            }
            await round.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(RegisteredProxy proxy, CancellationToken cancellationToken)
    {
        var endpoint = side == ProxySide.Worker ? proxy.WorkerEndpoint : proxy.ClientEndpoint;
        var pauses = new Backoff(FirstPause, LongestPause);
        using var dialler = diallers(connection => serve(proxy, connection, cancellationToken));
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
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
            if (time.GetElapsedTime(started) > Settled)
                pauses.Reset();
            await Task.Delay(pauses.Next(), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Registry version {Version} lists no proxy to connect to; waiting for a change")]
    private partial void LogNoProxy(uint version);

    [LoggerMessage(LogLevel.Information, "No connection to proxy {Endpoint}: {Reason}")]
    private partial void LogEnded(ProxyEndpoint endpoint, string reason);
}
