using System.Collections.Concurrent;
using Cocoon.Node;
using Cocoon.Proxy.Settlement;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Proxy.Tests.Settlement;

public sealed class SettlerTests
{
    [Fact]
    public async Task Weakness_12_2_08_A_state_is_committed_once_after_a_change_and_never_while_nothing_changes()
    {
        using var folder = new TempFolder();
        await using var proxy = await TestProxy.StartAsync(options =>
        {
            options.StateFolder = folder.File("node");
            options.Owner = Some.Address(502).ToRaw();
            options.Network.TonCenterUrl = "http://127.0.0.1:1/";
        });
        await using var node = await NodeRuntime.StartAsync(proxy.Options, proxy.Chain, proxy.Time, NullLoggerFactory.Instance, default);
        var steps = new Steps();
        var settler = new Settler(node, proxy.Identity, proxy.Ledger, proxy.Channels, proxy.Vouchers, proxy.Options, steps);
        using var stopping = new CancellationTokenSource();
        var running = Task.Run(() => settler.RunAsync(stopping.Token));

        await PassAsync(proxy, TimeSpan.FromHours(1));
        steps.Taken.ShouldBeEmpty();
        var (client, worker, tokens) = (Some.Address(1), Some.Address(10), Some.Tokens(7));
        await proxy.Ledger.SettleAsync(proxy.Ledger.TryReserve(client, tokens, tokens, out _)!, worker, tokens);
        while (steps.Taken.IsEmpty) await PassAsync(proxy, TimeSpan.FromSeconds(5));
        proxy.Ledger.ConfirmCommit(await proxy.Ledger.BeginCommitAsync()).ShouldNotBeNull();
        await PassAsync(proxy, TimeSpan.FromHours(1));
        steps.Taken.ShouldBe(["Settlement: commit"]);
        await stopping.CancelAsync();
        proxy.Time.Advance(TimeSpan.FromMinutes(1));
        await running.WaitAsync(Some.Patience);
    }

    private static async Task PassAsync(TestProxy proxy, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(5))
        {
            proxy.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Run(() => { });
        }
    }

    private sealed class Steps : ILogger<Settler>
    {
        public ConcurrentQueue<string> Taken { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Information) Taken.Enqueue(formatter(state, exception));
        }
    }
}
