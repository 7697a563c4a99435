using Cocoon.Contracts.Economics;
using Cocoon.Node.Configuration;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;

namespace Cocoon.Proxy.Tests.Routing;

public sealed class PoolTests
{
    private static WorkerChoice Assign(TestProxy proxy, int cap = int.MaxValue, params FakeWorker[] tried) =>
        proxy.Pool.Assign(TestProxy.Model, new Coefficient(cap), new WorkerTask(1000), tried.Select(worker => worker.Connection).ToHashSet());

    [Fact]
    public async Task The_worker_with_the_smallest_share_in_use_is_chosen()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (small, large) = (proxy.AddWorker(1, limit: 1), proxy.AddWorker(2, limit: 3));
        Enumerable.Range(0, 4).Select(_ => Assign(proxy).Worker).ShouldBe([small.Connection, large.Connection, large.Connection, large.Connection]);
        Assign(proxy).Refusal.ShouldBe(WorkerRefusal.AllBusy);
    }

    [Fact]
    public async Task The_cheapest_policy_fills_the_cheapest_first()
    {
        await using var proxy = await TestProxy.StartAsync(options => options.WorkerSelection = "cheapest");
        var (dear, cheap) = (proxy.AddWorker(1, coefficient: 2000, limit: 2), proxy.AddWorker(2, coefficient: 1000, limit: 2));
        Enumerable.Range(0, 4).Select(_ => Assign(proxy).Worker).ShouldBe([cheap.Connection, cheap.Connection, dear.Connection, dear.Connection]);
    }

    [Fact]
    public void An_unknown_policy_is_refused_and_the_known_ones_named() =>
        Should.Throw<ConfigurationException>(() => new WorkerPool("luckiest", TimeProvider.System)).Message.ShouldContain("least_loaded, cheapest");

    [Fact]
    public async Task Disabled_and_tried_workers_are_left_out()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.AddWorker(1, enabled: false);
        var (tried, free) = (proxy.AddWorker(2), proxy.AddWorker(3, coefficient: 3000));
        Assign(proxy, tried: tried).Worker.ShouldBe(free.Connection);
        Assign(proxy, int.MaxValue, tried, free).Refusal.ShouldBe(WorkerRefusal.AllBusy);
    }

    [Fact]
    public async Task The_cheapest_of_the_free_workers_above_the_cap_is_named()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.AddWorker(1, coefficient: 3000);
        proxy.AddWorker(2, coefficient: 2000);
        proxy.AddWorker(3, coefficient: 1500, enabled: false);
        var choice = Assign(proxy, 1999);
        (choice.Worker, choice.Refusal, choice.CheapestAboveCap).ShouldBe((null, WorkerRefusal.TooExpensive, new Coefficient(2000)));
        Assign(proxy, 2000).Coefficient.ShouldBe(new Coefficient(2000));
    }

    [Fact]
    public async Task Workers_that_come_with_ever_new_models_and_leave_fill_no_memory()
    {
        await using var proxy = await TestProxy.StartAsync();
        var served = proxy.AddWorker(1, model: "served@1");
        for (var model = 0; model < WorkerPool.MaxDesertedModels + 50; model++)
        {
            proxy.Pool.Remove(proxy.AddWorker(2, model: "often@1").Connection);
            proxy.Pool.Remove(proxy.AddWorker(3, model: $"model-{model}@1").Connection);
        }
        var known = proxy.Pool.Snapshot();
        known.Count.ShouldBeInRange(2, WorkerPool.MaxDesertedModels + 1);
        known["served"].ShouldBe([served.Connection]);
        known.Keys.ShouldContain("often");
        known.Keys.ShouldNotContain("model-0");
    }

    [Fact]
    public async Task A_model_stays_known_after_its_last_worker_left()
    {
        await using var proxy = await TestProxy.StartAsync();
        Assign(proxy).Refusal.ShouldBe(WorkerRefusal.UnknownModel);
        var worker = proxy.AddWorker(1);
        proxy.Pool.Remove(worker.Connection);
        Assign(proxy).Refusal.ShouldBe(WorkerRefusal.NoWorkers);
        worker.Connection.TryStart(new WorkerTask(1)).ShouldBeFalse();
    }
}
