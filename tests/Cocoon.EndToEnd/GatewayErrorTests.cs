using System.Net;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class GatewayErrorTests(LocalNetworkFixture network) : IDisposable
{
    private readonly GatewayCaller _gateway = new(network.Gateway);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task An_unknown_model_is_404_and_the_error_names_the_models_there_are()
    {
        using var response = await _gateway.PostAsync(GatewayCaller.Chat, new
        {
            model = "no-such-model",
            messages = new[] { new { role = "user", content = "Hello" } },
        });

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var error = await GatewayCaller.ErrorAsync(response);
        Code(error).ShouldBe("model_not_found");
        ((string?)error["param"]).ShouldBe("model");
        Message(error).ShouldContain("no-such-model");
        Message(error).ShouldContain(LocalNetworkFixture.Model);
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_is_400_and_the_error_says_where_it_breaks()
    {
        using var response = await _gateway.SendAsync(HttpMethod.Post, GatewayCaller.Chat, """{"model": "cocoon-demo", "messages": [""");

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var error = await GatewayCaller.ErrorAsync(response);
        Code(error).ShouldBe("invalid_json");
        Message(error).ShouldContain("line 1");
        Message(error).ShouldContain("Send one JSON object");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_and_the_error_names_the_limit_and_its_setting()
    {
        var limit = 4 * 1024 * 1024;
        using var response = await _gateway.SendAsync(HttpMethod.Post, GatewayCaller.Chat, $$"""{"model":"{{new string('a', limit)}}"}""");

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        var error = await GatewayCaller.ErrorAsync(response);
        Code(error).ShouldBe("request_too_large");
        Message(error).ShouldContain(limit.ToString());
        Message(error).ShouldContain("MaxRequestBytes");
    }

    [Fact]
    public async Task A_wrong_path_is_404_and_the_error_names_the_paths_there_are()
    {
        using var response = await _gateway.PostAsync("/v1/embeddings", GatewayCaller.Question());

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var error = await GatewayCaller.ErrorAsync(response);
        Code(error).ShouldBe("unknown_url");
        Message(error).ShouldContain("/v1/embeddings");
        Message(error).ShouldContain(GatewayCaller.Chat);
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_the_error_names_the_right_one()
    {
        using var response = await _gateway.GetAsync(GatewayCaller.Chat);

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.ShouldBe(["POST"]);
        var error = await GatewayCaller.ErrorAsync(response);
        Code(error).ShouldBe("method_not_allowed");
        Message(error).ShouldContain("GET");
        Message(error).ShouldContain("POST");
    }

    [Fact]
    public async Task A_price_cap_below_every_worker_is_503_with_the_time_to_come_back()
    {
        using var response = await _gateway.PostAsync(GatewayCaller.Chat, new
        {
            model = LocalNetworkFixture.Model,
            max_coefficient = 1,
            messages = new[] { new { role = "user", content = "Hello" } },
        });

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        var error = await GatewayCaller.ErrorAsync(response);
        Code(error).ShouldBe("price_cap");
        Message(error).ShouldContain("max_coefficient");
    }

    private static string? Code(JsonObject error) => (string?)error["code"];

    private static string Message(JsonObject error) => (string)error["message"]!;
}
