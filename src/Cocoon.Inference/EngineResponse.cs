namespace Cocoon.Inference;

/// <summary>An HTTP answer of an engine. Dispose it also when its body was not read to the end: that stops the work.</summary>
public sealed class EngineResponse : IAsyncDisposable
{
    private readonly IEngineBody _body;
    private bool _read;

    /// <summary>Creates an answer.</summary>
    /// <param name="statusCode">HTTP status.</param>
    /// <param name="reason">HTTP reason phrase; may be empty.</param>
    /// <param name="headers">Headers in order, without those about the connection or the length of the body.</param>
    /// <param name="body">The body; disposed with the answer.</param>
    public EngineResponse(int statusCode, string reason, IReadOnlyList<KeyValuePair<string, string>> headers, IEngineBody body)
    {
        StatusCode = statusCode;
        Reason = reason;
        Headers = headers;
        _body = body;
    }

    /// <summary>HTTP status.</summary>
    public int StatusCode { get; }

    /// <summary>HTTP reason phrase; may be empty.</summary>
    public string Reason { get; }

    /// <summary>Headers in order, without those about the connection or the length of the body.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>Tokens counted so far, never falling; final when the body has ended.</summary>
    public TokenUsage Usage => _body.Usage;

    /// <summary>
    /// Reads the body part by part as the engine produces it: SSE frames of a stream, or one JSON document. A part is valid only until
    /// the next one is asked for.
    /// </summary>
    /// <exception cref="EngineException">The body broke off, stalled, or breaks the protocol.</exception>
    /// <exception cref="InvalidOperationException">The body was read before.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBodyAsync(CancellationToken ct)
    {
        if (_read)
            throw new InvalidOperationException("The body of an answer can be read only once.");
        _read = true;
        return _body.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _body.DisposeAsync();
}
