using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cocoon.Inference.Llama;

namespace Cocoon.Inference.Builtin;

/// <summary>
/// Runs a llama-architecture GGUF model on the processor, behind the OpenAI API: <c>/v1/chat/completions</c>, <c>/v1/completions</c> and
/// <c>/v1/models</c>. Memory that held a prompt or an answer is overwritten when the answer is disposed.
/// </summary>
public sealed class BuiltinEngine : IEngine
{
    private static readonly KeyValuePair<string, string>[] JsonHeaders = [new("content-type", "application/json")];

    private static readonly KeyValuePair<string, string>[] StreamHeaders =
        [new("content-type", "text/event-stream; charset=utf-8"), new("cache-control", "no-cache")];

    private readonly LlamaModel _model;
    private readonly BuiltinEngineOptions _options;
    private readonly TimeProvider _time;
    private readonly ChatFormat? _chat;
    private readonly SlotPool _pool;
    private readonly string _modelName;
    private readonly int _context;
    private readonly long _loaded;

    /// <summary>Creates an engine.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">Clock for the time stamps of answers.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is not positive, or the context is longer than the model's.</exception>
    /// <exception cref="Gguf.GgufFormatException">The chat template uses tokens that the vocabulary does not have.</exception>
    public BuiltinEngine(LlamaModel model, BuiltinEngineOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConcurrency, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxQueue);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxChoices, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxRequestBytes, 1);
        _context = options.ContextLength ?? model.Shape.Context;
        ArgumentOutOfRangeException.ThrowIfLessThan(_context, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_context, model.Shape.Context);
        _model = model;
        _options = options;
        _time = time;
        _modelName = options.ModelName ?? model.Name;
        _chat = ChatFormat.Detect(model);
        _pool = new SlotPool(model, _context, options.MaxConcurrency, options.MaxQueue);
        _loaded = time.GetUtcNow().ToUnixTimeSeconds();
    }

    /// <inheritdoc/>
    public string Name => "builtin";

    /// <summary>Loads a model file and creates an engine.</summary>
    /// <exception cref="Gguf.GgufFormatException">Not a GGUF file, broken, too large, or a model that the engine cannot run.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BuiltinEngine Load(string path, BuiltinEngineOptions options, TimeProvider time) =>
        new(LlamaModel.Load(path), options, time);

    /// <inheritdoc/>
    public Task<bool> IsHealthyAsync(CancellationToken ct) =>
        ct.IsCancellationRequested ? Task.FromCanceled<bool>(ct) : Task.FromResult(!_pool.IsFull);

    /// <inheritdoc/>
    public async Task<EngineResponse> SendAsync(EngineRequest request, CancellationToken ct)
    {
        try
        {
            var query = request.Url.IndexOf('?', StringComparison.Ordinal);
            var path = query < 0 ? request.Url : request.Url[..query];
            switch (path)
            {
                case "/v1/models":
                    Require(request, "GET");
                    return new EngineResponse(200, "OK", JsonHeaders, new MemoryBody(WriteModels()));
                case "/v1/chat/completions" or "/v1/completions":
                    Require(request, "POST");
                    return await CompleteAsync(request, path == "/v1/chat/completions", ct).ConfigureAwait(false);
                default:
                    throw new ApiException(404, "invalid_request_error", "unknown_url", null, "This engine has no such URL.");
            }
        }
        catch (ApiException e)
        {
            return new EngineResponse(e.Status, Reason(e.Status), JsonHeaders, new MemoryBody(WriteError(e)));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _pool.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Require(EngineRequest request, string method)
    {
        if (!request.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
            throw new ApiException(405, "invalid_request_error", "method_not_supported", null, $"This URL takes {method} only.");
    }

    private static string Reason(int status) => status switch
    {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        _ => "Service Unavailable",
    };

    private static ReadOnlyMemory<byte> WriteError(ApiException e) => Write(json =>
    {
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, e.Message);
        json.WriteString("type"u8, e.Type);
        json.WriteString("param"u8, e.Parameter);
        json.WriteString("code"u8, e.Code);
        json.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private ReadOnlyMemory<byte> WriteModels() => Write(json =>
    {
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        json.WriteStartObject();
        json.WriteString("id"u8, _modelName);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, _loaded);
        json.WriteString("owned_by"u8, "cocoon"u8);
        json.WriteNumber("max_model_len"u8, _context);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private async Task<EngineResponse> CompleteAsync(EngineRequest request, bool chat, CancellationToken ct)
    {
        if (request.Body.Length > _options.MaxRequestBytes)
            throw new ApiException(413, "invalid_request_error", null, null, $"The body exceeds {_options.MaxRequestBytes} bytes.");
        var completion = CompletionRequest.Parse(request.Body, chat, _options.MaxChoices);
        if (completion.Model != _modelName)
            throw new ApiException(404, "invalid_request_error", "model_not_found", "model", $"This engine serves only the model '{_modelName}'.");
        var prompts = Encode(completion);
        var slot = await _pool.RentAsync(ct).ConfigureAwait(false)
            ?? throw new ApiException(503, "server_error", "engine_overloaded", null, "Too many requests wait already. Try again later.");
        var id = (chat ? "chatcmpl-" : "cmpl-") + RandomNumberGenerator.GetHexString(24, lowercase: true);
        var writer = new AnswerWriter(id, _modelName, _time.GetUtcNow().ToUnixTimeSeconds(), chat, completion.IncludeUsage);
        var body = new GenerationBody(_model, _pool, slot, completion, prompts, Seed(completion), writer);
        return new EngineResponse(200, "OK", completion.Stream ? StreamHeaders : JsonHeaders, body);
    }

    private static ulong Seed(CompletionRequest completion)
    {
        if (completion.Seed is { } seed)
            return (ulong)seed;
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return BinaryPrimitives.ReadUInt64LittleEndian(random);
    }

    private List<List<int>> Encode(CompletionRequest completion)
    {
        var parameter = completion.Chat ? "messages" : "prompt";
        var prompts = new List<List<int>>();
        if (completion.Chat)
        {
            if (_chat is null)
                throw ApiException.Invalid(parameter, "The model has no chat template that this engine knows; use /v1/completions.");
            // Refused before it is encoded: a text of this size cannot fit, whatever its tokens are.
            RefuseLong(completion.Messages.Sum(message => (long)Encoding.UTF8.GetByteCount(message.Content)) / _model.Tokenizer.LongestToken);
            prompts.Add(_chat.Encode(completion.Messages));
        }
        foreach (var prompt in completion.Prompts)
        {
            RefuseLong(Encoding.UTF8.GetByteCount(prompt) / _model.Tokenizer.LongestToken);
            var tokens = new List<int>();
            if (_model.BeginToken is { } begin)
                tokens.Add(begin);
            _model.Tokenizer.Encode(prompt, tokens);
            if (tokens.Count == 0)
                throw ApiException.Invalid(parameter, "'prompt' must not be empty.");
            prompts.Add(tokens);
        }
        foreach (var prompt in prompts)
            RefuseLong(prompt.Count);
        return prompts;

        void RefuseLong(long tokens)
        {
            if (tokens >= _context)
            {
                throw ApiException.Invalid(
                    parameter, $"The model's context is {_context} tokens, but the prompt has at least {tokens}. Shorten the prompt.",
                    "context_length_exceeded");
            }
        }
    }
}
