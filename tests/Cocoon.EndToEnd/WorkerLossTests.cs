using System.Net;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class WorkerLossTests(LocalNetworkFixture network) : IAsyncLifetime
{
    private readonly GatewayCaller _gateway = new(network.Gateway);

    public Task InitializeAsync() => network.UntilReadyAsync();

    public Task DisposeAsync()
    {
        _gateway.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task When_the_worker_dies_in_the_middle_of_a_stream_the_caller_gets_an_error_event_and_the_stream_ends()
    {
        await using var worker = await ControlledWorker.StartAsync(network);
        var before = await TokenBooks.ReadAsync(network);
        var asked = _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question(stream: true));
        var backend = await worker.NextAsync();
        await backend.WriteAsync("The beginning");
        using var response = await asked;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await using var events = GatewayCaller.EventsAsync(response, limit.Token).GetAsyncEnumerator(limit.Token);
        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.ShouldContain("The beginning");

        worker.Kill();

        var rest = new List<string>();
        while (await events.MoveNextAsync()) rest.Add(events.Current);
        var error = GatewayCaller.Error(rest.ShouldHaveSingleItem());
        ((string)error["message"]!).ShouldContain("Try again");
        // Nobody pays for an answer that broke off, and nothing stays held for it; the caller may know before it is let go.
        await TokenBooks.UntilAsync(network, before);
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_worker_dies_before_its_first_byte_another_one_gives_the_whole_answer(bool stream)
    {
        await using var worker = await ControlledWorker.StartAsync(network);
        var before = await TokenBooks.ReadAsync(network);
        var asked = _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question(stream));
        await worker.NextAsync();

        worker.Kill();

        using var response = await asked;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        JsonNode last;
        if (stream)
        {
            var events = await GatewayCaller.EventsAsync(response).ToListAsync();
            events[^1].ShouldBe(GatewayCaller.Done);
            last = JsonNode.Parse(events[^2])!;
        }
        else
        {
            last = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        }
        var tokens = GatewayCaller.Tokens(last);
        (await TokenBooks.ReadAsync(network)).ShouldBe(new TokenBooks(before.Clients + tokens, before.Workers + tokens, 0));
    }

    [Fact]
    public async Task When_no_worker_is_left_the_answer_is_503_with_the_time_to_come_back_until_one_returns()
    {
        // A supervisor that stands still starts nothing again.
        Signal.Stop.Send(network.Supervisor);
        try
        {
            Signal.Kill.Send(network.ProcessOf("worker-1"));
            Signal.Kill.Send(network.ProcessOf("worker-2"));
            await Eventually.HoldsAsync(
                "the proxy has lost both",
                async () => (await network.TryStatusAsync("proxy"))?["workers"]!.AsArray() is { Count: 0 } ? null : "it has not",
                TimeSpan.FromSeconds(60));
            using var response = await _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question());

            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
            var error = await GatewayCaller.ErrorAsync(response);
            ((string?)error["code"]).ShouldBe("no_worker");
            ((string)error["message"]!).ShouldContain("Try again");
        }
        finally
        {
            Signal.Continue.Send(network.Supervisor);
        }
        await network.UntilReadyAsync();
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
    }
}
