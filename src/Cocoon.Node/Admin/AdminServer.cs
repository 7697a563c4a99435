using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Admin;

/// <summary>
/// A node's admin surface: loopback only, every request authenticated with the bearer token kept in <c>admin.token</c> of the state folder.
/// <c>GET /v1/status</c> gives the role's status; <c>POST /v1/actions/{name}</c> runs one of its actions.
/// </summary>
public sealed class AdminServer : IAsyncDisposable
{
    /// <summary>The file in the state folder that holds the bearer token.</summary>
    public const string TokenFile = "admin.token";

    private readonly WebApplication _application;

    private AdminServer(WebApplication application, Uri url)
    {
        _application = application;
        Url = url;
    }

    /// <summary>The base URL, with the real port.</summary>
    public Uri Url { get; }

    /// <summary>Binds the port and starts answering.</summary>
    /// <param name="folder">Holds the token; made on first start.</param>
    /// <param name="port">A loopback port, or 0 for any free one.</param>
    /// <param name="status">Gives an object that serialises to the role's status.</param>
    /// <param name="actions">What the role can be told to do, by name.</param>
    /// <param name="loggers">Where the server logs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<AdminServer> StartAsync(
        StateFolder folder,
        int port,
        Func<object> status,
        IReadOnlyDictionary<string, AdminAction> actions,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var token = Encoding.ASCII.GetBytes("Bearer " + folder.LoadOrCreateSecret(TokenFile));
        var application = LoopbackWeb.Create(IPAddress.Loopback, port, loggers, maxRequestBytes: 64 * 1024);
        application.Use((context, next) =>
        {
            var given = Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString());
            if (CryptographicOperations.FixedTimeEquals(given, token))
                return next(context);
            return Refuse(context, StatusCodes.Status401Unauthorized, $"Send 'Authorization: Bearer <token>'; the token is in {folder.File(TokenFile)}.");
        });
        application.MapGet("/v1/status", () => Results.Json(status(), NodeJson.Options));
        application.MapPost("/v1/actions/{name}", async (HttpContext context, string name) =>
        {
            if (!actions.TryGetValue(name, out var action))
            {
                await Refuse(context, StatusCodes.Status404NotFound, $"There is no action '{name}'. Actions: {string.Join(", ", actions.Keys.Order())}.").ConfigureAwait(false);
                return;
            }
            try
            {
                var arguments = context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
                var answer = await action(arguments, context.RequestAborted).ConfigureAwait(false);
                await context.Response.WriteAsJsonAsync(answer, NodeJson.Options, context.RequestAborted).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is InvalidOperationException or IOException or FormatException)
            {
                await Refuse(context, StatusCodes.Status409Conflict, exception.Message).ConfigureAwait(false);
            }
        });
        var url = await LoopbackWeb.StartAsync(application, port, cancellationToken).ConfigureAwait(false);
        return new AdminServer(application, url);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => LoopbackWeb.StopAsync(_application);

    private static Task Refuse(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = message }, NodeJson.Options, context.RequestAborted);
    }
}
