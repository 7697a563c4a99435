using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Node.Admin;

namespace Cocoon.Cli.Network;

/// <summary>Talks to the admin surface of a node on this machine.</summary>
internal sealed class AdminClient(HttpClient http, string name, int port, string folder)
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The node's name in the network.</summary>
    public string Name { get; } = name;

    /// <summary>The node's status, or null when it does not answer.</summary>
    public async Task<JsonObject?> TryStatusAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StatusTimeout);
        try
        {
            return await SendAsync(HttpMethod.Get, "v1/status", limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Has the node do something.</summary>
    /// <exception cref="IOException">It refused; the message is its own.</exception>
    public Task<JsonObject> RunAsync(string action, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, $"v1/actions/{action}", cancellationToken);

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var token = (await File.ReadAllTextAsync(Path.Combine(folder, AdminServer.TokenFile), cancellationToken).ConfigureAwait(false)).Trim();
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{port}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken).ConfigureAwait(false) ?? [];
        return response.IsSuccessStatusCode ? answer : throw new IOException($"{Name}: {answer["error"] ?? response.StatusCode.ToString()}");
    }
}
