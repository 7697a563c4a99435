using System.Net;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class RawHttpTests(LocalNetworkFixture network) : IDisposable
{
    private readonly GatewayCaller _gateway = new(network.Gateway);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task A_chat_answer_in_one_piece_has_OpenAIs_shape_and_says_what_it_cost()
    {
        var answer = await _gateway.AskAsync(GatewayCaller.Chat, GatewayCaller.Question());

        answer["object"]!.GetValue<string>().ShouldBe("chat.completion");
        answer["id"]!.GetValue<string>().ShouldNotBeEmpty();
        answer["model"]!.GetValue<string>().ShouldBe(LocalNetworkFixture.Model);
        var choice = answer["choices"]!.AsArray().ShouldHaveSingleItem()!;
        choice["message"]!["role"]!.GetValue<string>().ShouldBe("assistant");
        choice["message"]!["content"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
        choice["finish_reason"]!.GetValue<string>().ShouldBeOneOf("stop", "length");
        ShouldBeUsage(answer["usage"]!);
    }

    [Fact]
    public async Task A_streamed_chat_answer_is_made_of_many_events_and_ends_with_DONE()
    {
        using var response = await _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question(stream: true));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");

        var events = await GatewayCaller.EventsAsync(response).ToListAsync();

        events[^1].ShouldBe(GatewayCaller.Done);
        var chunks = events.SkipLast(1).Select(data => JsonNode.Parse(data)!).ToList();
        chunks.ShouldAllBe(chunk => chunk["object"]!.GetValue<string>() == "chat.completion.chunk");
        var texts = chunks.Where(chunk => chunk["choices"]!.AsArray().Count > 0)
            .Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"]).Where(text => text is { Length: > 0 }).ToList();
        texts.Count.ShouldBeGreaterThanOrEqualTo(5);
        ShouldBeUsage(chunks[^1]["usage"]!);
        // At temperature 0 both ways of asking give the same answer.
        var whole = await _gateway.AskAsync(GatewayCaller.Chat, GatewayCaller.Question());
        string.Concat(texts).ShouldBe((string?)whole["choices"]![0]!["message"]!["content"]);
    }

    [Fact]
    public async Task A_stream_whose_caller_did_not_ask_for_usage_carries_none()
    {
        using var response = await _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question(stream: true, usage: false));
        var events = await GatewayCaller.EventsAsync(response).ToListAsync();
        events[^1].ShouldBe(GatewayCaller.Done);
        events.SkipLast(1).Select(data => JsonNode.Parse(data)!).ShouldAllBe(chunk => chunk["choices"]!.AsArray().Count > 0 && chunk["usage"] == null);
    }

    [Fact]
    public async Task Each_part_of_a_stream_reaches_the_caller_while_the_model_has_yet_to_write_the_next()
    {
        await network.UntilReadyAsync();
        await using var worker = await ControlledWorker.StartAsync(network);
        var asked = _gateway.PostAsync(GatewayCaller.Chat, GatewayCaller.Question(stream: true));
        var backend = await worker.NextAsync();
        await backend.WriteAsync("part 0");
        using var response = await asked;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await using var events = GatewayCaller.EventsAsync(response, limit.Token).GetAsyncEnumerator(limit.Token);
        for (var part = 0; part < 5; part++)
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
            ((string?)JsonNode.Parse(events.Current)!["choices"]![0]!["delta"]!["content"]).ShouldBe($"part {part}");
            // Only a caller who has the last part makes the backend go on.
            await backend.WriteAsync($"part {part + 1}");
        }
        await backend.EndAsync(promptTokens: 11, completionTokens: 6);
        var rest = new List<string>();
        while (await events.MoveNextAsync()) rest.Add(events.Current);
        rest[^1].ShouldBe(GatewayCaller.Done);
    }

    [Fact]
    public async Task A_text_is_completed_in_one_piece_and_streamed()
    {
        var body = new { model = LocalNetworkFixture.Model, prompt = "Cocoon is", max_tokens = 20, temperature = 0 };
        var answer = await _gateway.AskAsync(GatewayCaller.Completions, body);
        answer["object"]!.GetValue<string>().ShouldBe("text_completion");
        var text = answer["choices"]![0]!["text"]!.GetValue<string>();
        text.ShouldNotBeNullOrEmpty();
        ShouldBeUsage(answer["usage"]!);

        using var response = await _gateway.PostAsync(
            GatewayCaller.Completions, new { body.model, body.prompt, body.max_tokens, body.temperature, stream = true });
        var events = await GatewayCaller.EventsAsync(response).ToListAsync();
        events[^1].ShouldBe(GatewayCaller.Done);
        var parts = events.SkipLast(1).Select(data => JsonNode.Parse(data)!["choices"]!.AsArray()).Where(choices => choices.Count > 0)
            .Select(choices => (string?)choices[0]!["text"]).ToList();
        parts.Count.ShouldBeGreaterThan(2);
        string.Concat(parts).ShouldBe(text);
    }

    [Fact]
    public async Task The_models_are_listed_and_each_can_be_looked_up()
    {
        using var list = await _gateway.GetAsync("/v1/models");
        list.StatusCode.ShouldBe(HttpStatusCode.OK);
        var models = JsonNode.Parse(await list.Content.ReadAsStringAsync())!;
        models["object"]!.GetValue<string>().ShouldBe("list");
        models["data"]!.AsArray().Select(model => (string?)model!["id"]).ShouldContain(LocalNetworkFixture.Model);

        using var one = await _gateway.GetAsync("/v1/models/" + LocalNetworkFixture.Model);
        one.StatusCode.ShouldBe(HttpStatusCode.OK);
        var model = JsonNode.Parse(await one.Content.ReadAsStringAsync())!;
        ((string?)model["id"]).ShouldBe(LocalNetworkFixture.Model);
        ((string?)model["object"]).ShouldBe("model");
    }

    private static void ShouldBeUsage(JsonNode usage)
    {
        var prompt = usage["prompt_tokens"]!.GetValue<long>();
        var completion = usage["completion_tokens"]!.GetValue<long>();
        prompt.ShouldBePositive();
        completion.ShouldBePositive();
        usage["total_tokens"]!.GetValue<long>().ShouldBe(prompt + completion);
    }
}
