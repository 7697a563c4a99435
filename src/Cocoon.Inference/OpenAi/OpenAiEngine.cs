using System.Net;
using System.Net.Http.Headers;

namespace Cocoon.Inference.OpenAi;

/// <summary>Forwards requests to any server that speaks the OpenAI HTTP API (vLLM, SGLang, llama.cpp, Ollama …).</summary>
public sealed class OpenAiEngine : IEngine
{
    private readonly OpenAiEngineOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly string _prefix;

    /// <summary>Creates the engine; connects with the first request.</summary>
    /// <exception cref="ArgumentException">The address is neither http nor https.</exception>
    public OpenAiEngine(OpenAiEngineOptions options, TimeProvider time)
    {
        if (!options.BaseAddress.IsAbsoluteUri || options.BaseAddress.Scheme is not ("http" or "https"))
            throw new ArgumentException($"The address '{options.BaseAddress}' of the server must start with http:// or https://.", nameof(options));
        _options = options;
        _time = time;
        _prefix = options.BaseAddress.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (_prefix.EndsWith("/v1", StringComparison.Ordinal))
            _prefix = _prefix[..^3];
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <inheritdoc/>
    public string Name => "openai";

    /// <inheritdoc/>
    public async Task<bool> IsHealthyAsync(CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(_options.HealthTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        using var message = new HttpRequestMessage(HttpMethod.Get, $"{_prefix}/v1/models");
        Authorize(message);
        try
        {
            using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<EngineResponse> SendAsync(EngineRequest request, CancellationToken ct)
    {
        using var message = ToMessage(request);
        using var timer = new CancellationTokenSource(_options.HeadersTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        HttpResponseMessage? response = null;
        try
        {
            response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
            var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
            var body = new OpenAiBody(response, stream, _options.IdleTimeout, _time);
            return new EngineResponse((int)response.StatusCode, response.ReasonPhrase ?? "", ReadHeaders(response), body);
        }
        catch (HttpRequestException e)
        {
            response?.Dispose();
            throw Translate(e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            response?.Dispose();
            throw Failure(
                EngineErrorCode.Timeout, $"The server did not answer within {(timer.IsCancellationRequested ? _options.HeadersTimeout : _options.ConnectTimeout)}.", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static List<KeyValuePair<string, string>> ReadHeaders(HttpResponseMessage response)
    {
        var all = new List<KeyValuePair<string, string>>();
        foreach (var headers in (HttpHeaders[])[response.Headers, response.Content.Headers])
        {
            foreach (var (name, values) in headers.NonValidated)
            {
                foreach (var value in values)
                    all.Add(new(name, value));
            }
        }
        var named = HeaderRules.NamedByConnection(all);
        all.RemoveAll(header => !HeaderRules.PassesInResponse(header.Key, header.Value, named));
        return all;
    }

    private EngineException Translate(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError =>
            Failure(EngineErrorCode.Unavailable, $"The server cannot be reached ({e.HttpRequestError}).", e),
        _ => Failure(EngineErrorCode.Protocol, $"The server broke off or gave no valid HTTP answer ({e.HttpRequestError}).", e),
    };

    private EngineException Failure(EngineErrorCode code, string message, Exception cause) => new(code, message, cause) { Server = _prefix };

    private HttpRequestMessage ToMessage(EngineRequest request)
    {
        // The path is put after a fixed prefix and must still be below it when dots are resolved: no caller chooses another server or service.
        if (!request.Url.StartsWith('/') || !Uri.TryCreate(_prefix + request.Url, UriKind.Absolute, out var uri)
            || uri.Authority != _options.BaseAddress.Authority || !uri.AbsoluteUri.StartsWith(_prefix + "/", StringComparison.OrdinalIgnoreCase))
        {
            throw new EngineException(EngineErrorCode.Protocol, "The URL of the request is no path of the server.");
        }
        var message = new HttpRequestMessage(new HttpMethod(request.Method), uri);
        if (!request.Body.IsEmpty)
            message.Content = new ReadOnlyMemoryContent(request.Body);
        var named = HeaderRules.NamedByConnection(request.Headers);
        foreach (var (name, value) in request.Headers)
        {
            if (HeaderRules.PassesInRequest(name, value, named) && !message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        Authorize(message);
        return message;
    }

    private void Authorize(HttpRequestMessage message)
    {
        if (_options.ApiKey is { Length: > 0 } key)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }
}
