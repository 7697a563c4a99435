using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Client.Proxies;
using Cocoon.Client.Reports;
using Cocoon.Node.Admin;
using Cocoon.Protocol.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using KestrelServerOptions = Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions;

namespace Cocoon.Client.Gateway;

/// <summary>The OpenAI-compatible HTTP front: dispatches, authenticates, reads bodies, and answers every error in OpenAI's shape.</summary>
internal sealed partial class GatewayServer : IAsyncDisposable
{
    private const string ModelsPath = "/v1/models";
    private const string ReportPath = "/v1/attestation/report";
    private static readonly TimeSpan UploadTimeout = TimeSpan.FromSeconds(60);

    // For callers that ask for models, wait between two requests or have to be told that too many run.
    internal const int SpareConnections = 64;

    private readonly ClientServices _services;
    private readonly ProxyPool _pool;
    private readonly ModelCatalog _models;
    private readonly InferenceRelay _relay;
    private readonly ReportDesk _reports;
    private readonly ILogger _logger;
    private readonly byte[]? _authorization;
    private readonly WebApplication _application;
    private int _running;

    private GatewayServer(ClientServices services, ProxyPool pool, ModelCatalog models, IPAddress address)
    {
        _services = services;
        _pool = pool;
        _models = models;
        _relay = new InferenceRelay(services, pool, models, services.Loggers.CreateLogger<InferenceRelay>());
        _reports = new ReportDesk(services, pool, models);
        _logger = services.Loggers.CreateLogger<GatewayServer>();
        _authorization = services.Options.GatewayApiKey is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + key)) : null;
        _application = LoopbackWeb.Create(address, services.Options.GatewayPort, services.Loggers, services.Options.MaxRequestBytes);
        var limits = _application.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        limits.MaxConcurrentConnections = services.Options.MaxRunningRequests + SpareConnections;
        _application.Run(HandleAsync);
    }

    /// <summary>The base URL, with the real port.</summary>
    public Uri Url { get; private set; } = null!;

    /// <exception cref="IOException">The port cannot be bound.</exception>
    public static async Task<GatewayServer> StartAsync(
        ClientServices services, ProxyPool pool, ModelCatalog models, IPAddress address, CancellationToken cancellationToken)
    {
        var server = new GatewayServer(services, pool, models, address);
        try
        {
            server.Url = await LoopbackWeb.StartAsync(server._application, services.Options.GatewayPort, cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => LoopbackWeb.StopAsync(_application);

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            await DispatchAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogGone();
        }
        catch (GatewayException exception)
        {
            await RefuseAsync(context, exception.Error).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            var error = exception.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => OpenAiError.TooLarge(_services.Options.MaxRequestBytes),
                StatusCodes.Status408RequestTimeout => OpenAiError.SlowUpload(),
                _ => OpenAiError.Invalid("The HTTP request is malformed.", code: "bad_request"),
            };
            await RefuseAsync(context, error).ConfigureAwait(false);
        }
        // One request's failure stays its own, and its caller learns that it failed.
        catch (Exception exception)
        {
            LogFailed(exception);
            await RefuseAsync(context, OpenAiError.Internal()).ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(HttpContext context, OpenAiError error)
    {
        _services.Metrics.RequestFailed(error.Code);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        try
        {
            await ErrorJson.WriteAsync(context, error).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            LogGone();
        }
    }

    private Task DispatchAsync(HttpContext context)
    {
        if (_authorization is null)
            RefuseWebPages(context.Request);
        var path = context.Request.Path.Value ?? "";
        if (path == "/health")
            return Only(context, HttpMethods.Get, HealthAsync);
        if (!IsAuthorized(context.Request))
            throw new GatewayException(OpenAiError.Unauthorized());
        return path switch
        {
            "/v1/chat/completions" => Only(context, HttpMethods.Post, c => InferAsync(c, InferenceApi.ChatCompletions)),
            "/v1/completions" => Only(context, HttpMethods.Post, c => InferAsync(c, InferenceApi.Completions)),
            ModelsPath => Only(context, HttpMethods.Get, ListModelsAsync),
            ReportPath => Only(context, HttpMethods.Get, ReportAsync),
            _ when path.StartsWith(ModelsPath + "/", StringComparison.Ordinal) =>
                Only(context, HttpMethods.Get, c => GetModelAsync(c, Uri.UnescapeDataString(path[(ModelsPath.Length + 1)..]))),
            _ => throw new GatewayException(OpenAiError.NoSuchPath(PeerText.Clean(path))),
        };
    }

    private static Task Only(HttpContext context, string method, Func<HttpContext, Task> handle)
    {
        if (context.Request.Method == method)
            return handle(context);
        throw new GatewayException(OpenAiError.WrongMethod(PeerText.Clean(context.Request.Method), method));
    }

    // Without a key being on this computer is what entitles a caller, and every page that a browser shows is there too.
    private static void RefuseWebPages(Microsoft.AspNetCore.Http.HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (request.Headers.ContainsKey("Origin") || site is not ("" or "none" or "same-origin"))
            throw new GatewayException(OpenAiError.WebPage());
        var host = request.Host.Host;
        if (host.Length > 0 && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && !(IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
        {
            throw new GatewayException(OpenAiError.WrongHost(PeerText.Clean(host)));
        }
    }

    private bool IsAuthorized(Microsoft.AspNetCore.Http.HttpRequest request) =>
        // Hashes have one length, so the comparison tells nothing about the key's.
        _authorization is null
        || CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString())), _authorization);

    private async Task InferAsync(HttpContext context, InferenceApi api)
    {
        _services.Metrics.RequestStarted();
        if (Interlocked.Increment(ref _running) > _services.Options.MaxRunningRequests)
        {
            Interlocked.Decrement(ref _running);
            throw new GatewayException(OpenAiError.Unavailable(
                $"{_services.Options.MaxRunningRequests} requests are running, the most that MaxRunningRequests allows. Try again when some have ended.",
                "overloaded", 1));
        }
        try
        {
            var body = await ReadBodyAsync(context).ConfigureAwait(false);
            await _relay.RunAsync(context, InferenceRequestReader.Read(api, body, _services.Options)).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext context)
    {
        using var timer = new CancellationTokenSource(UploadTimeout, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
        try
        {
            return await ReadBodyAsync(context.Request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new GatewayException(OpenAiError.SlowUpload());
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(Microsoft.AspNetCore.Http.HttpRequest request, CancellationToken cancellationToken)
    {
        // The server itself refuses to read beyond its limit.
        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(request.ContentLength ?? 4096, 256, 1 << 20));
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var segment in read.Buffer) buffer.Write(segment.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return buffer.WrittenMemory;
        }
    }

    private Task HealthAsync(HttpContext context)
    {
        var ready = _pool.Sessions.Count(IsReady);
        return WriteJsonAsync(context, ready > 0 ? 200 : 503, json =>
        {
            json.WriteStartObject();
            json.WriteString("status", ready > 0 ? "ok" : "no proxy is ready");
            json.WriteNumber("ready_proxies", ready);
            json.WriteEndObject();
        });
    }

    private async Task ListModelsAsync(HttpContext context)
    {
        var models = await ReadModelsAsync(context).ConfigureAwait(false);
        await WriteJsonAsync(context, 200, json =>
        {
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            foreach (var (name, workers) in models) WriteModel(json, name, workers);
            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task GetModelAsync(HttpContext context, string name)
    {
        var models = await ReadModelsAsync(context).ConfigureAwait(false);
        if (!models.TryGetValue(name, out var workers))
            throw new GatewayException(OpenAiError.UnknownModel(PeerText.Clean(name), [.. models.Keys]));
        await WriteJsonAsync(context, 200, json => WriteModel(json, name, workers)).ConfigureAwait(false);
    }

    private async Task ReportAsync(HttpContext context)
    {
        var report = await _reports.MakeAsync(ReportQuery.Read(context.Request.Query), context.RequestAborted).ConfigureAwait(false);
        await WriteJsonAsync(context, 200, report.ToJson()).ConfigureAwait(false);
    }

    private async Task<IReadOnlyDictionary<string, IReadOnlyList<ModelWorker>>> ReadModelsAsync(HttpContext context)
    {
        var patience = TimeSpan.FromSeconds(_services.Options.ProxyWaitSeconds);
        if (await _pool.PickAsync([], patience, context.RequestAborted).ConfigureAwait(false) is null && !_pool.Sessions.Any(IsReady))
            throw new ProxyFailure(_services, _models).NoProxy(_pool.Sessions);
        return await _models.GetAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static bool IsReady(ProxySession session) => session.State == ProxySessionState.Ready;

    private static void WriteModel(Utf8JsonWriter json, string name, IReadOnlyList<ModelWorker> workers)
    {
        json.WriteStartObject();
        json.WriteString("id", name);
        json.WriteString("object", "model");
        json.WriteNumber("created", 0);
        json.WriteString("owned_by", "cocoon");
        json.WriteStartArray("workers");
        foreach (var worker in workers)
        {
            json.WriteStartObject();
            json.WriteNumber("coefficient", worker.Coefficient);
            json.WriteNumber("running_requests", worker.RunningRequests);
            json.WriteNumber("max_running_requests", worker.MaxRunningRequests);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Task WriteJsonAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        return WriteJsonAsync(context, status, buffer.WrittenMemory);
    }

    private static async Task WriteJsonAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }

    [LoggerMessage(LogLevel.Debug, "A caller went away")]
    private partial void LogGone();

    [LoggerMessage(LogLevel.Error, "A request to the gateway failed")]
    private partial void LogFailed(Exception exception);
}
