using Cocoon.Contracts.Registry;
using Cocoon.Node.Configuration;
using Cocoon.Node.Registry;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Node.Tests.Registry;

public sealed class RegistryMonitorTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeChain _chain;
    private readonly LogList _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly NetworkOptions _options = new() { RootContract = TestNetwork.Root.ToRaw(), Test = true, RegistryRefreshSeconds = 5 };
    private Task _running = Task.CompletedTask;

    public RegistryMonitorTests() => _chain = new FakeChain(_time);

    [Fact]
    public async Task Newer_version_replaces_the_older_and_tells_so_once()
    {
        var monitor = await StartAsync(TestNetwork.Registry());
        var changed = monitor.Changed;
        await _time.PassAsync(30);
        changed.IsCompleted.ShouldBeFalse();
        monitor.Current.ReadAt.ShouldBe(_time.GetUtcNow());

        Show(TestNetwork.Registry(version: 4));
        await _time.PassAsync(6);
        changed.IsCompletedSuccessfully.ShouldBeTrue();
        monitor.Current.Registry.Version.ShouldBe(4u);
        changed = monitor.Changed;
        await _time.PassAsync(30);
        changed.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    [InlineData(2, 2)]
    public async Task Older_version_of_either_number_replaces_nothing_and_confirms_nothing(uint version, uint parameters)
    {
        var monitor = await StartAsync(TestNetwork.Registry());
        var readAt = monitor.Current.ReadAt;
        var changed = monitor.Changed;
        Show(TestNetwork.Registry(version, parameters));
        await _time.PassAsync(6);
        changed.IsCompleted.ShouldBeFalse();
        monitor.Current.Registry.ShouldBe(TestNetwork.Registry());
        monitor.Current.ReadAt.ShouldBe(readAt);
    }

    [Fact]
    public async Task Change_of_the_test_flag_is_told_and_not_followed()
    {
        var monitor = await StartAsync(TestNetwork.Registry());
        Show(TestNetwork.Registry(version: 9, test: false));
        await _time.PassAsync(6);
        monitor.Current.Registry.Version.ShouldBe(3u);
        _log.Count("the change is not followed").ShouldBe(1);
    }

    [Fact]
    public async Task Network_with_another_test_flag_is_not_joined()
    {
        var wrong = Should.ThrowAsync<ConfigurationException>(() => StartAsync(TestNetwork.Registry(test: false)));
        (await wrong).Message.ShouldContain("Network.Test=True");
    }

    [Fact]
    public async Task Root_address_that_is_none_is_not_waited_for()
    {
        _options.RootContract = "EQnonsense";
        (await Should.ThrowAsync<ConfigurationException>(() => StartAsync(TestNetwork.Registry()))).Message.ShouldContain("'EQnonsense'");
    }

    [Fact]
    public async Task Chain_that_is_away_is_waited_for_at_the_start_and_later()
    {
        var away = true;
        _chain.Fails = (_, _) => Volatile.Read(ref away);
        var starting = StartAsync(TestNetwork.Registry());
        await UntilAsync(() => _log.Count("cannot be read") == 1);
        await _time.PassAsync(10);
        starting.IsCompleted.ShouldBeFalse();
        Volatile.Write(ref away, false);
        await _time.PassUntilAsync(() => starting.IsCompleted);
        var monitor = await starting;

        Volatile.Write(ref away, true);
        Show(TestNetwork.Registry(version: 4));
        await _time.PassAsync(20);
        monitor.Current.Registry.Version.ShouldBe(3u);
        Volatile.Write(ref away, false);
        await _time.PassUntilAsync(() => monitor.Current.Registry.Version == 4);
    }

    [Fact]
    public async Task Contract_that_holds_anything_else_changes_nothing()
    {
        var monitor = await StartAsync(TestNetwork.Registry());
        _chain.Set(TestNetwork.Root, Coins.FromTon(1), new CellBuilder().StoreUInt(7, 8).Build());
        await _time.PassAsync(6);
        _log.Count("cannot be read").ShouldBe(1);
        Show(TestNetwork.Registry(version: 4));
        await _time.PassAsync(6);
        monitor.Current.Registry.Version.ShouldBe(4u);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _log.Dispose();
    }

    private void Show(NetworkRegistry registry) => _chain.Set(TestNetwork.Root, Coins.FromTon(1), registry.ToCell());

    private async Task<RegistryMonitor> StartAsync(NetworkRegistry registry)
    {
        Show(registry);
        var monitor = await RegistryMonitor.StartAsync(_chain, _options, _time, _log, default).ConfigureAwait(false);
        _running = monitor.RunAsync(_stopping.Token);
        return monitor;
    }
}
