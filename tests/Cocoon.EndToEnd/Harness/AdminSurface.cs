using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Cocoon.EndToEnd.Harness;

/// <summary>The admin surface of a node.</summary>
internal static class AdminSurface
{
    /// <summary>What a node says of itself; null when it does not answer.</summary>
    public static async Task<JsonObject?> TryStatusAsync(HttpClient http, string stateFolder, int port)
    {
        var token = Path.Combine(stateFolder, "admin.token");
        if (!File.Exists(token))
            return null;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/v1/status");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await File.ReadAllTextAsync(token));
        try
        {
            using var response = await http.SendAsync(request);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonObject>() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
