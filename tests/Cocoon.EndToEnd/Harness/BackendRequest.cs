using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Cocoon.EndToEnd.Harness;

/// <summary>A request that arrived at a controlled backend; the story writes the answer, event by event.</summary>
internal sealed class BackendRequest(HttpContext context)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the story has ended the answer or the caller went away.</summary>
    public Task Ended => _ended.Task.WaitAsync(context.RequestAborted);

    /// <summary>Writes an event with a piece of the answer's text.</summary>
    public Task WriteAsync(string text) => WriteEventAsync(JsonSerializer.Serialize(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 0,
        model = LocalNetworkFixture.Model,
        choices = new[] { new { index = 0, delta = new { content = text }, finish_reason = (string?)null } },
    }));

    /// <summary>Writes the count of tokens and the stream's end.</summary>
    public async Task EndAsync(int promptTokens, int completionTokens)
    {
        await WriteEventAsync(JsonSerializer.Serialize(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion.chunk",
            created = 0,
            model = LocalNetworkFixture.Model,
            choices = Array.Empty<object>(),
            usage = new { prompt_tokens = promptTokens, completion_tokens = completionTokens, total_tokens = promptTokens + completionTokens },
        }));
        await WriteEventAsync(GatewayCaller.Done);
        _ended.SetResult();
    }

    private async Task WriteEventAsync(string data)
    {
        if (!context.Response.HasStarted)
            context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"data: {data}\n\n");
        await context.Response.Body.FlushAsync();
    }
}
