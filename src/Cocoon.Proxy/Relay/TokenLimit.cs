using System.Globalization;
using System.Text;
using System.Text.Json;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Proxy.Relay;

/// <summary>
/// How many tokens a request may make a worker generate. The worker reads that from the HTTP request and the proxy reserves for it, so the
/// proxy reads the same: a limit in the body counts for each of its answers (<c>n</c> or <c>best_of</c>, for each prompt of a list). A body
/// without a limit is given the reserved one, since the engine would else choose its own.
/// </summary>
/// <param name="Query">The request to pass on: the client's own bytes, or those with the limit written into the body.</param>
/// <param name="Tokens">The most raw tokens that all answers together may have, as the client says.</param>
/// <param name="PerAnswer">The most that one answer may have, as the body says.</param>
/// <param name="Answers">How many answers the body asks for.</param>
internal readonly record struct TokenLimit(ReadOnlyMemory<byte> Query, long Tokens, long PerAnswer, long Answers)
{
    /// <summary>What has to be reserved.</summary>
    /// <exception cref="OverflowException">It is more than a number holds.</exception>
    public long Total => Math.Max(Tokens, checked(PerAnswer * Answers));

    /// <summary>Reads a request.</summary>
    /// <param name="query">The client's <c>http.request</c>.</param>
    /// <param name="maxTokens">What the client wants reserved.</param>
    /// <exception cref="FormatException">The request cannot be metered; the message says why and quotes nothing of it.</exception>
    public static TokenLimit Read(ReadOnlyMemory<byte> query, int maxTokens)
    {
        HttpRequest request;
        try
        {
            request = TlSerializer.Deserialize<HttpRequest>(query);
        }
        catch (TlFormatException exception)
        {
            throw new FormatException($"the query is not an http.request: {exception.Message}");
        }
        try
        {
            return ReadBody(query, request, maxTokens);
        }
        // The reader leaves broken text in names to whoever compares them.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException("the body of the request is not one JSON object");
        }
    }

    private static TokenLimit ReadBody(ReadOnlyMemory<byte> query, HttpRequest request, int maxTokens)
    {
        var body = new Utf8JsonReader(request.Payload.Span);
        if (!body.Read() || body.TokenType != JsonTokenType.StartObject)
            throw new FormatException("the body of the request is not one JSON object");
        long? limit = null;
        var (choices, prompts) = (1L, 1L);
        var (empty, unlimited) = (true, false);
        while (body.Read() && body.TokenType == JsonTokenType.PropertyName)
        {
            empty = false;
            // Of a name that stands twice the larger value counts, whichever of them the worker takes.
            if (body.ValueTextEquals("max_tokens"u8) || body.ValueTextEquals("max_completion_tokens"u8))
            {
                var given = ReadWhole(ref body);
                unlimited |= given is null;
                limit = given is null ? limit : Math.Max(limit ?? 0, given.Value);
            }
            else if (body.ValueTextEquals("n"u8) || body.ValueTextEquals("best_of"u8))
                choices = Math.Max(choices, ReadWhole(ref body) ?? 1);
            else if (body.ValueTextEquals("prompt"u8))
                prompts = Math.Max(prompts, CountPrompts(ref body));
            else
                body.Skip();
        }
        var end = (int)body.TokenStartIndex;
        // Anything behind the object is refused here.
        while (body.Read())
        {
        }
        // Written beside a null, the limit would stand twice, and who knows which of them the worker takes.
        if (limit is null && unlimited)
            throw new FormatException("max_tokens or max_completion_tokens is null: leave it out or give a number");
        if (limit is not null)
            return new TokenLimit(query, maxTokens, limit.Value, choices * prompts);
        var member = string.Create(CultureInfo.InvariantCulture, $"{(empty ? "" : ",")}\"max_tokens\":{maxTokens}}}");
        byte[] limited = [.. request.Payload.Span[..end], .. Encoding.ASCII.GetBytes(member)];
        var headers = request.Headers.RemoveAll(header => header.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            .Add(new HttpHeader("Content-Length", limited.Length.ToString(CultureInfo.InvariantCulture)));
        return new TokenLimit(TlSerializer.Serialize(request with { Headers = headers, Payload = limited }), maxTokens, maxTokens, choices * prompts);
    }

    private static int? ReadWhole(ref Utf8JsonReader body)
    {
        body.Read();
        return body.TokenType == JsonTokenType.Null ? null : body.TokenType == JsonTokenType.Number && body.TryGetInt32(out var value) && value >= 0
            ? value
            : throw new FormatException($"max_tokens, max_completion_tokens, n and best_of must each be left out, null or a whole number from 0 to {int.MaxValue}");
    }

    // A list of texts or of lists of tokens is that many prompts; a list of tokens is one.
    private static long CountPrompts(ref Utf8JsonReader body)
    {
        body.Read();
        if (body.TokenType != JsonTokenType.StartArray)
        {
            body.Skip();
            return 1;
        }
        var count = 0L;
        while (body.Read() && body.TokenType != JsonTokenType.EndArray)
        {
            if (body.TokenType != JsonTokenType.Number) count++;
            body.Skip();
        }
        return Math.Max(count, 1);
    }
}
