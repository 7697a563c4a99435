using Cocoon.Contracts.Registry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections;

/// <summary>
/// Keeps a node connected to the registry's proxies: one loop a proxy, dialling again with growing pauses when a connection ends. When the
/// network's parameters change every connection is closed and made anew, because every contract address is another one then.
/// </summary>
public sealed partial class ProxyLinks(
    NodeRuntime node, ProxySide side, int wanted, Func<RegisteredProxy, ConnectionContext, CancellationToken, Task> serve, ILogger<ProxyLinks> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);

    /// <summary>Dials and serves until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var changed = node.Registry.Changed;
            var snapshot = node.Registry.Current.Registry;
            using var round = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // Any proxy will do; a stable choice a round keeps sessions, and different nodes choose differently.
            var chosen = snapshot.Proxies.OrderBy(_ => System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue)).Take(wanted).ToArray();
            var loops = chosen.Select(proxy => KeepAsync(proxy, round.Token)).ToArray();
            if (chosen.Length == 0)
                LogNoProxy(snapshot.Version);
            while (true)
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                changed = node.Registry.Changed;
                var now = node.Registry.Current.Registry;
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
        using var dialler = node.Dialler(connection => serve(proxy, connection, cancellationToken));
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = node.Time.GetTimestamp();
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
            if (node.Time.GetElapsedTime(started) > Settled)
                pauses.Reset();
            await Task.Delay(pauses.Next(), node.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Registry version {Version} lists no proxy to connect to; waiting for a change")]
    private partial void LogNoProxy(uint version);

    [LoggerMessage(LogLevel.Information, "No connection to proxy {Endpoint}: {Reason}")]
    private partial void LogEnded(ProxyEndpoint endpoint, string reason);
}
