using System.Collections.Concurrent;
using System.Net;
using Cocoon.Attestation;
using Cocoon.Contracts.Registry;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;
using Cocoon.Ton;
using Microsoft.Extensions.Logging;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Node.Tests.Connections;

public sealed class ProxyLinksTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    // Handshakes are real, so the clock that times them out is too.
    private TimeProvider _clock = TimeProvider.System;
    private readonly LogList _log = new();
    private readonly FakeChain _chain;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<uint> _served = new();
    private readonly ConcurrentDictionary<uint, TaskCompletionSource> _holds = new();
    private readonly List<PeerListener> _listeners = [];
    private readonly ClosedPort _closed = new();
    private NodeRuntime? _node;
    private Task _running = Task.CompletedTask;

    public ProxyLinksTests() => _chain = new FakeChain(_time);

    [Fact]
    public async Task Proxy_that_is_away_is_dialled_again()
    {
        await StartAsync(1, TestNetwork.Proxy(1, _closed.EndPoint.Port));
        await UntilAsync(() => _log.Count("No connection to proxy") >= 3);
    }

    [Fact]
    public async Task Connection_that_ended_is_made_anew()
    {
        await StartAsync(1, await ListenAsync(1));
        await UntilAsync(() => _served.Count == 1);
        End(1);
        await UntilAsync(() => _served.Count == 2);
        _served.ShouldBe([1u, 1u]);
    }

    [Fact]
    public async Task Change_of_the_parameters_makes_every_connection_anew()
    {
        var proxies = new[] { await ListenAsync(1), await ListenAsync(2) };
        await StartAsync(2, proxies);
        await UntilAsync(() => _served.Count == 2);
        Show(TestNetwork.Registry(version: 4, parametersVersion: 2, proxies: proxies));
        await UntilAsync(() => _served.Count == 4);
        _served.Order().ShouldBe([1u, 1u, 2u, 2u]);
    }

    [Fact]
    public async Task Change_of_the_version_alone_leaves_connections_alone_but_a_removed_proxy_is_left()
    {
        var proxies = new[] { await ListenAsync(1), await ListenAsync(2) };
        await StartAsync(1, proxies[0]);
        await UntilAsync(() => _served.Count == 1);
        Show(TestNetwork.Registry(version: 4, proxies: proxies));
        await UntilAsync(() => _node!.Registry.Current.Registry.Version == 4);
        _served.ShouldBe([1u]);
        Show(TestNetwork.Registry(version: 5, proxies: proxies[1]));
        await UntilAsync(() => _served.Count == 2);
        _served.ShouldBe([1u, 2u]);
    }

    [Fact]
    public async Task Proxy_that_stays_away_gives_its_place_to_another()
    {
        // Five minutes are long: this story alone runs in virtual time.
        _clock = _time;
        var away = TestNetwork.Proxy(1, _closed.EndPoint.Port);
        await StartAsync(1, away);
        await UntilAsync(() => _log.Count("No connection to proxy") == 1);
        Show(TestNetwork.Registry(version: 4, proxies: [away, await ListenAsync(2)]));
        await _time.PassUntilAsync(() => _node!.Registry.Current.Registry.Version == 4);
        var since = _time.GetUtcNow();
        while (_served.IsEmpty)
        {
            // Time passes only while a pause is waited for: attempts are real, and a clock that ran ahead of them would make them fail.
            var attempts = _log.Count("No connection to proxy");
            await UntilAsync(() => !_served.IsEmpty || _time.PendingTimers == 2);
            if (!_served.IsEmpty)
                break;
            await Task.Run(() => _time.Advance(TimeSpan.FromSeconds(10)));
            await UntilAsync(() => !_served.IsEmpty || _log.Count("No connection to proxy") > attempts);
        }
        _served.ShouldBe([2u]);
        (_time.GetUtcNow() - since).TotalSeconds.ShouldBeGreaterThan(200);
    }

    [Fact]
    public async Task Empty_registry_is_told_and_waited_for()
    {
        await StartAsync(1);
        await UntilAsync(() => _log.Count("lists no proxy") == 1);
        Show(TestNetwork.Registry(version: 4, proxies: await ListenAsync(1)));
        await UntilAsync(() => _served.Count == 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var hold in _holds.Values) hold.TrySetResult();
        await _running.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var listener in _listeners) await listener.DisposeAsync();
        if (_node is not null)
            await _node.DisposeAsync();
        _closed.Dispose();
        _stopping.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    private void Show(NetworkRegistry registry) => _chain.Set(TestNetwork.Root, Coins.FromTon(1), registry.ToCell());

    private void End(uint seqno) => _holds[seqno].SetResult();

    private async Task StartAsync(int wanted, params RegisteredProxy[] proxies)
    {
        Show(TestNetwork.Registry(proxies: proxies));
        var options = TestNetwork.Join(new TestNodeOptions { Evidence = "none", PeerPolicy = "any" }, _folder.Path);
        options.Network.RegistryRefreshSeconds = 1;
        var node = _node = await NodeRuntime.StartAsync(options, _chain, _clock, _log, default);
        var links = new ProxyLinks(node, ProxySide.Worker, wanted, async (proxy, connection, token) =>
        {
            connection.Features.Get<PeerEvidence>().ShouldNotBeNull();
            var hold = _holds[proxy.Seqno] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _served.Enqueue(proxy.Seqno);
            await hold.Task.WaitAsync(token);
        }, _log.CreateLogger<ProxyLinks>());
        _running = links.RunAsync(_stopping.Token);
    }

    private async Task<RegisteredProxy> ListenAsync(uint seqno)
    {
        var tls = new AttestedTls(
            Attestation.Sources.EvidenceSources.Create("none"), Attestation.Policies.EvidencePolicies.Create("any"), new AttestedTlsOptions(), _clock);
        var listener = await PeerListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            PeerPipeline.Accept(tls, 1, TimeSpan.FromSeconds(60), _clock, async connection => await connection.Transport.Input.ReadAsync()),
            new ConnectionLimiter(10, 10, 0, _clock), _log, default);
        _listeners.Add(listener);
        return TestNetwork.Proxy(seqno, listener.EndPoint.Port);
    }
}
