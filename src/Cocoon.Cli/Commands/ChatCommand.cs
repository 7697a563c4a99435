using System.CommandLine;
using Cocoon.Cli.Network;
using Cocoon.Cli.Story;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon chat</c>: talks to a model through a gateway.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "Base URL of the gateway.", DefaultValueFactory = _ => "http://127.0.0.1:10000" };
        var model = new Option<string>("--model") { Description = "Model to ask.", DefaultValueFactory = _ => LocalNetwork.Model };
        var message = new Argument<string?>("message") { Description = "One question; without it, a conversation until an empty line.", DefaultValueFactory = _ => null };
        var command = new Command("chat", "Chats with a model through a gateway, the answer streamed as it is produced.") { message, url, model };
        command.Run(async (parsed, cancellationToken) =>
        {
            using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            var chat = new GatewayChat(http, parsed.GetValue(url)!.TrimEnd('/'), parsed.GetValue(model)!);
            var history = new List<(string Role, string Content)>();
            if (parsed.GetValue(message) is { } once)
            {
                await AskAsync(chat, history, once, cancellationToken).ConfigureAwait(false);
                return 0;
            }
            while (true)
            {
                await Console.Error.WriteAsync("you> ").ConfigureAwait(false);
                var line = await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false);
                if (string.IsNullOrWhiteSpace(line))
                    return 0;
                await AskAsync(chat, history, line, cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task AskAsync(GatewayChat chat, List<(string Role, string Content)> history, string question, CancellationToken cancellationToken)
    {
        history.Add(("user", question));
        var answer = new System.Text.StringBuilder();
        await foreach (var part in chat.StreamAsync(history, cancellationToken).ConfigureAwait(false))
        {
            answer.Append(part);
            await Console.Out.WriteAsync(part).ConfigureAwait(false);
            await Console.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        await Console.Out.WriteLineAsync().ConfigureAwait(false);
        history.Add(("assistant", answer.ToString()));
    }
}
