using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Cryptography;
using Cocoon.Devnet.Chain;
using Cocoon.Devnet.Executor;
using Cocoon.Ton;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cocoon.Devnet.Http;

/// <summary>
/// The devnet's HTTP API: toncenter version 2 under <c>/api/v2</c> (GET, POST, and JSON-RPC at <c>/api/v2/jsonRPC</c>),
/// <c>POST /faucet</c> and <c>GET /status</c>. It asks for no key: bind it to the loopback interface.
/// </summary>
public static partial class DevnetHttp
{
    private const int MaxBodyBytes = 1024 * 1024;

    /// <summary>Adds the endpoints.</summary>
    public static void MapDevnet(this IEndpointRouteBuilder endpoints, DevnetChain chain)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(chain);
        var methods = new TonCenterMethods(chain);
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(DevnetHttp));
        endpoints.MapGet("/api/v2/{method}", Handler((context, _) => methods.CallAsync(Method(context), Query(context), context.RequestAborted)));
        endpoints.MapPost("/api/v2/jsonRPC", Handler((context, envelope) => CallRpcAsync(context, envelope, methods)));
        endpoints.MapPost("/api/v2/{method}", Handler((context, _) => CallAsync(context, methods)));
        endpoints.MapPost("/faucet", Handler((context, _) => FaucetAsync(context, chain)));
        endpoints.MapGet("/status", Handler((_, _) => Task.FromResult(Status(chain))));

        RequestDelegate Handler(Func<HttpContext, JsonObject, Task<JsonNode>> work) => context => AnswerAsync(context, work, logger);
    }

    private static ApiParameters Query(HttpContext context) => new(name => context.Request.Query[name], default);

    private static string Method(HttpContext context) => (string)context.Request.RouteValues["method"]!;

    private static async Task<JsonNode> CallAsync(HttpContext context, TonCenterMethods methods)
    {
        using var body = await ReadJsonAsync(context).ConfigureAwait(false);
        return await methods.CallAsync(Method(context), ApiParameters.FromJson(body.RootElement), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<JsonNode> CallRpcAsync(HttpContext context, JsonObject envelope, TonCenterMethods methods)
    {
        envelope["jsonrpc"] = "2.0";
        using var body = await ReadJsonAsync(context).ConfigureAwait(false);
        var request = ApiParameters.FromJson(body.RootElement);
        if (request.Json("id") is { ValueKind: JsonValueKind.String or JsonValueKind.Number } id) envelope["id"] = JsonNode.Parse(id.GetRawText());
        var parameters = ApiParameters.FromJson(request.Json("params"));
        return await methods.CallAsync(request.RequiredText("method"), parameters, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<JsonNode> FaucetAsync(HttpContext context, DevnetChain chain)
    {
        using var body = await ReadJsonAsync(context).ConfigureAwait(false);
        var parameters = ApiParameters.FromJson(body.RootElement);
        var address = parameters.Address();
        var amount = new Coins(parameters.RequiredNumber("amount", 1, ulong.MaxValue));
        try
        {
            await chain.FundAsync(address, amount, context.RequestAborted).ConfigureAwait(false);
        }
        catch (MessageRejectedException e)
        {
            throw new ApiException(409, e.Message);
        }
        return new JsonObject { ["@type"] = "ok", ["address"] = address.ToRaw(), ["amount"] = ChainJson.Text(amount) };
    }

    private static JsonNode Status(DevnetChain chain)
    {
        var block = chain.LastBlock;
        return new JsonObject
        {
            ["seqno"] = block.Seqno,
            ["utime"] = block.UnixTime,
            ["root_hash"] = ChainJson.Base64(block.RootHash),
            ["global_id"] = DevnetChain.GlobalId,
            ["faucet"] = DevnetChain.FaucetAddress.ToRaw(),
            ["faucet_balance"] = ChainJson.Text(chain.ReadAccount(DevnetChain.FaucetAddress).Balance),
        };
    }

    private static async Task<JsonDocument> ReadJsonAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxBodyBytes;
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = 32 };
            var document = await JsonDocument.ParseAsync(context.Request.Body, options, context.RequestAborted).ConfigureAwait(false);
            if (IsReadable(document.RootElement)) return document;
            document.Dispose();
            throw new ApiException(422, "The body has text that is not Unicode: wrong UTF-8, or one half of a surrogate pair.");
        }
        catch (JsonException e)
        {
            throw new ApiException(422, $"The body is not JSON: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiException(e.StatusCode, $"{e.Message} Wanted at most {MaxBodyBytes} bytes.");
        }
    }

    // The parser leaves text as it is, and every later look at text that is not Unicode would fail.
    private static bool IsReadable(JsonElement json)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString() is not null,
                JsonValueKind.Array => json.EnumerateArray().All(IsReadable),
                JsonValueKind.Object => json.EnumerateObject().All(property => property.Name is not null && IsReadable(property.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, JsonObject, Task<JsonNode>> work, ILogger logger)
    {
        var envelope = new JsonObject();
        try
        {
            var result = await work(context, envelope).ConfigureAwait(false);
            envelope["ok"] = true;
            envelope["result"] = result;
        }
        catch (ApiException e)
        {
            Fail(e.Code, e.Message);
        }
        catch (ExecutorException e)
        {
            Fail(StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(logger, context.Request.Path, e);
            Fail(StatusCodes.Status500InternalServerError, $"The devnet failed: {e.Message}");
        }
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(envelope.ToJsonString(), context.RequestAborted).ConfigureAwait(false);

        void Fail(int code, string message)
        {
            context.Response.StatusCode = code;
            envelope["ok"] = false;
            envelope["error"] = message;
            envelope["code"] = code;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request for {Path} failed")]
    private static partial void LogFailed(ILogger logger, string path, Exception exception);
}
