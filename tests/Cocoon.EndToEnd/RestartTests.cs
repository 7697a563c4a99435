using System.Net;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class RestartTests(LocalNetworkFixture network) : IAsyncLifetime
{
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(90);

    private readonly GatewayCaller _gateway = new(network.Gateway);

    public Task InitializeAsync() => network.UntilReadyAsync();

    public Task DisposeAsync()
    {
        _gateway.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_proxy_killed_between_answers_comes_back_and_its_books_are_the_sum_of_what_the_answers_said()
    {
        var before = await TokenBooks.ReadAsync(network);
        var told = await AskAsync(3);
        await KillAsync("proxy");
        await network.UntilReadyAsync();
        (await TokenBooks.ReadAsync(network)).ShouldBe(new TokenBooks(before.Clients + told, before.Workers + told, 0));

        told += await AskAsync(3);

        (await TokenBooks.ReadAsync(network)).ShouldBe(new TokenBooks(before.Clients + told, before.Workers + told, 0));
    }

    [Fact]
    public async Task A_proxy_killed_amid_answers_has_counted_every_answer_that_arrived_and_none_for_one_side_only()
    {
        var before = await TokenBooks.ReadAsync(network);
        // Two at once for each worker keeps some running whenever the first has ended.
        var answers = Enumerable.Range(0, 8).Select(_ => TryAskAsync(maxTokens: 300)).ToList();
        (await await Task.WhenAny(answers)).ShouldNotBeNull();
        await KillAsync("proxy");
        var told = (await Task.WhenAll(answers)).Sum(tokens => tokens ?? 0);
        await network.UntilReadyAsync();

        var after = await TokenBooks.ReadAsync(network);
        (after.Clients - before.Clients).ShouldBeGreaterThanOrEqualTo(told);
        (after.Workers - before.Workers).ShouldBe(after.Clients - before.Clients);
        after.Reserved.ShouldBe(0);
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
    }

    [Fact]
    public async Task A_proxy_killed_in_the_middle_of_a_stream_leaves_an_error_event_and_charges_nothing()
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

        await KillAsync("proxy");

        (await events.MoveNextAsync()).ShouldBeTrue();
        GatewayCaller.Error(events.Current);
        (await events.MoveNextAsync()).ShouldBeFalse();
        worker.Kill();
        await network.UntilReadyAsync();
        (await TokenBooks.ReadAsync(network)).ShouldBe(before);
    }

    [Fact]
    public async Task A_client_that_is_killed_is_let_in_by_its_secret_and_pays_in_nothing_again()
    {
        await _gateway.AskForTokensAsync();
        var before = Money(await network.StatusAsync());
        var log = Path.Combine(network.Home, "client.log");
        var logged = new FileInfo(log).Length;

        await KillAsync("client");
        await network.UntilReadyAsync();

        (await _gateway.AskForTokensAsync()).ShouldBePositive();
        Money(await network.StatusAsync()).ShouldBe(before);
        var since = "";
        await Eventually.HoldsAsync(
            "the client's log says it is ready",
            async () => (since = await ReadFromAsync(log, logged)).Contains("is ready: protocol version", StringComparison.Ordinal) ? null : since,
            RestartLimit);
        since.ShouldNotContain("Registering with proxy");
    }

    [Fact]
    public async Task A_worker_that_is_killed_comes_back_and_its_earnings_are_still_known()
    {
        await AskAsync(4);
        var earned = Earned(await network.StatusAsync(), "worker-1");

        await KillAsync("worker-1");
        (await _gateway.AskForTokensAsync()).ShouldBePositive();
        await network.UntilReadyAsync();

        await Eventually.HoldsAsync(
            "the worker knows its earnings again",
            async () => Earned(await network.StatusAsync(), "worker-1") is var now && now >= earned ? null : $"{now} of {earned} tokens",
            RestartLimit);
    }

    private static async Task<string> ReadFromAsync(string file, long position)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = position;
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    // What only a payment into the channel would change.
    private static string Money(JsonObject status)
    {
        var client = status["client"]!;
        var channel = client["channels"]!.AsArray().ShouldHaveSingleItem()!;
        // The balance falls as answers are charged on chain; what was paid in does not.
        return $"spent {client["budget"]!["spent"]}, channel {channel["clientContract"]}";
    }

    private static long Earned(JsonObject status, string worker) =>
        status[worker]!["earnings"]!.AsArray().Sum(account => account!["tokensMax"]!.GetValue<long>());

    private async Task KillAsync(string role)
    {
        var process = network.ProcessOf(role);
        process.ShouldBePositive();
        Signal.Kill.Send(process);
        await Eventually.HoldsAsync(
            $"another process runs the {role}",
            () => network.ProcessOf(role) is var now && now != 0 && now != process ? null : $"found {now}",
            RestartLimit);
    }

    private async Task<long> AskAsync(int count)
    {
        var tokens = 0L;
        for (var question = 0; question < count; question++) tokens += await _gateway.AskForTokensAsync();
        return tokens;
    }

    /// <summary>The tokens of an answer; null when it did not arrive whole, which the gateway must have said.</summary>
    private async Task<long?> TryAskAsync(int maxTokens)
    {
        using var response = await _gateway.PostAsync(
            GatewayCaller.Completions,
            new { model = LocalNetworkFixture.Model, prompt = "Cocoon is", max_tokens = maxTokens, temperature = 1.5 });
        if (response.StatusCode != HttpStatusCode.OK)
        {
            await GatewayCaller.ErrorAsync(response);
            return null;
        }
        try
        {
            return GatewayCaller.Tokens(JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
        }
        catch (HttpRequestException)
        {
            // What had begun was cut off, so that nobody takes half of it for the whole.
            return null;
        }
    }
}
