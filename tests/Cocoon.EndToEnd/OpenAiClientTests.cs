using System.ClientModel;
using System.ClientModel.Primitives;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Cocoon.EndToEnd.Harness;
using Cocoon.Testing;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

// Fields that the client does not know are its experimental part.
#pragma warning disable SCME0001

namespace Cocoon.EndToEnd;

[Collection(LocalNetworkCollection.Name)]
public sealed class OpenAiClientTests(LocalNetworkFixture network)
{
    private static readonly ChatCompletionOptions Limits = new() { MaxOutputTokenCount = 40, Temperature = 0 };

    [Fact]
    public async Task The_official_dotnet_client_gets_the_same_answer_in_one_piece_and_streamed()
    {
        var client = new ChatClient(LocalNetworkFixture.Model, new ApiKeyCredential("unused"), Options());
        ChatMessage[] messages = [new UserChatMessage("Who can read my prompt?")];

        ChatCompletion whole = await client.CompleteChatAsync(messages, Limits);
        var text = whole.Content.ShouldHaveSingleItem().Text;
        text.ShouldNotBeNullOrWhiteSpace();
        whole.Usage.TotalTokenCount.ShouldBe(whole.Usage.InputTokenCount + whole.Usage.OutputTokenCount);

        var parts = new List<string>();
        ChatTokenUsage? usage = null;
        await foreach (var update in client.CompleteChatStreamingAsync(messages, Limits))
        {
            parts.AddRange(update.ContentUpdate.Select(part => part.Text).Where(part => part.Length > 0));
            usage = update.Usage ?? usage;
        }
        parts.Count.ShouldBeGreaterThanOrEqualTo(5);
        string.Concat(parts).ShouldBe(text);
        usage.ShouldNotBeNull().TotalTokenCount.ShouldBe(whole.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task The_official_dotnet_client_takes_answers_with_debug_objects()
    {
        var client = new ChatClient(LocalNetworkFixture.Model, new ApiKeyCredential("unused"), Options());
        ChatMessage[] messages = [new UserChatMessage("Who can read my prompt?")];
        var limits = new ChatCompletionOptions { MaxOutputTokenCount = 40, Temperature = 0 };
        limits.Patch.Set("$.enable_debug"u8, true);

        ChatCompletion whole = await client.CompleteChatAsync(messages, limits);
        whole.Content.ShouldHaveSingleItem().Text.ShouldNotBeNullOrWhiteSpace();
        ShouldTellAllHops(JsonNode.Parse(whole.Patch.GetJson("$.debug"u8))!);

        var parts = new List<string>();
        var debug = new List<JsonNode>();
        await foreach (var update in client.CompleteChatStreamingAsync(messages, limits))
        {
            parts.AddRange(update.ContentUpdate.Select(part => part.Text));
            if (update.Patch.TryGetJson("$.debug"u8, out var json)) debug.Add(JsonNode.Parse(json.Span)!);
        }
        string.Concat(parts).ShouldBe(whole.Content[0].Text);
        ShouldTellAllHops(debug.ShouldHaveSingleItem());
    }

    [Fact]
    public async Task The_official_dotnet_client_lists_the_models_and_understands_errors()
    {
        var models = new OpenAIModelClient(new ApiKeyCredential("unused"), Options());
        OpenAIModelCollection list = await models.GetModelsAsync();
        list.Select(model => model.Id).ShouldContain(LocalNetworkFixture.Model);

        var client = new ChatClient("no-such-model", new ApiKeyCredential("unused"), Options());
        var refused = await Should.ThrowAsync<ClientResultException>(() => client.CompleteChatAsync(new UserChatMessage("Hello")));
        refused.Status.ShouldBe(404);
        refused.Message.ShouldContain("model_not_found");
    }

    [Fact]
    public async Task The_official_JavaScript_client_lists_models_gets_answers_and_understands_errors()
    {
        var folder = NodeModules.Find("tests/oracle");
        await NodeModules.EnsureInstalledAsync(folder);
        var result = await RunNodeAsync(folder, "openai-client.mjs", network.Gateway + "v1", LocalNetworkFixture.Model);

        result["models"]!.AsArray().Select(model => (string?)model).ShouldContain(LocalNetworkFixture.Model);
        var parts = result["parts"]!.AsArray().Select(part => (string)part!).ToList();
        parts.Count.ShouldBeGreaterThanOrEqualTo(5);
        string.Concat(parts).ShouldBe((string?)result["text"]);
        result["streamedUsage"]!["total_tokens"]!.GetValue<long>().ShouldBe(result["usage"]!["total_tokens"]!.GetValue<long>());
        ShouldTellAllHops(result["debug"]!);
        ShouldTellAllHops(result["streamedDebug"]!);
        ((string?)result["gathered"]).ShouldBe((string?)result["text"]);
        ((string?)result["completion"]).ShouldNotBeNullOrEmpty();
        var error = result["error"]!;
        error["isNotFound"]!.GetValue<bool>().ShouldBeTrue();
        ((string?)error["code"]).ShouldBe("model_not_found");
        ((string?)error["param"]).ShouldBe("model");
    }

    private static void ShouldTellAllHops(JsonNode debug)
    {
        foreach (var hop in (string[])["proxy", "worker", "client"])
            ((string?)debug[hop]!["type"]).ShouldBe(hop + "_stats");
    }

    private OpenAIClientOptions Options() => new()
    {
        Endpoint = new Uri(network.Gateway, "/v1"),
        NetworkTimeout = TimeSpan.FromSeconds(90),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    };

    private static async Task<JsonObject> RunNodeAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        try
        {
            var output = node.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = node.StandardError.ReadToEndAsync(limit.Token);
            await node.WaitForExitAsync(limit.Token);
            node.ExitCode.ShouldBe(0, await errors);
            return JsonNode.Parse(await output)!.AsObject();
        }
        finally
        {
            if (!node.HasExited)
                node.Kill(entireProcessTree: true);
        }
    }
}
