using System.Text;
using System.Text.Json;
using Cocoon.Inference.Builtin;

namespace Cocoon.Inference.Tests.Builtin;

public sealed class DemoModelTests
{
    private static readonly BuiltinEngine Engine =
        BuiltinEngine.Load(Path.Combine(AppContext.BaseDirectory, "cocoon-demo.gguf"), new BuiltinEngineOptions(), TimeProvider.System);

    [Theory]
    [InlineData("What is Cocoon?", "TON")]
    [InlineData("who can read my prompts", "owner")]
    [InlineData("How do workers earn money?", "TON")]
    [InlineData("What is a proxy?", "worker")]
    [InlineData("What is attestation?", "code")]
    [InlineData("How do I start?", "cocoon up")]
    [InlineData("I own eight H100 cards, how would I profit?", "earns TON|paid in TON")]
    [InlineData("what if the server vanishes halfway", "error")]
    [InlineData("Hello!", "demo model")]
    [InlineData("What is the capital of France?", "demo model|trained only")]
    public async Task The_demo_model_answers_questions_about_the_network(string question, string wanted)
    {
        var answer = await AskAsync(question);
        wanted.Split('|').ShouldContain(part => answer.Contains(part, StringComparison.Ordinal), answer);
        answer.ShouldEndWith(".");
    }

    private static async Task<string> AskAsync(string question)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new { model = "cocoon-demo", messages = new[] { new { role = "user", content = question } }, temperature = 0 });
        await using var response = await Engine.SendAsync(new EngineRequest("POST", "/v1/chat/completions", [], body), CancellationToken.None);
        var text = new StringBuilder();
        await foreach (var part in response.ReadBodyAsync(CancellationToken.None))
            text.Append(Encoding.UTF8.GetString(part.Span));
        using var document = JsonDocument.Parse(text.ToString());
        return document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }
}
