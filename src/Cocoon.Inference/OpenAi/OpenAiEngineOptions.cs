namespace Cocoon.Inference.OpenAi;

/// <summary>How to reach an OpenAI-compatible server.</summary>
public sealed record OpenAiEngineOptions
{
    /// <summary>Address of the server, http or https; a trailing <c>/v1</c> is understood.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Key sent as bearer token, or null for none. The caller's own credentials are never sent.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Longest time to connect. Default 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time from the request to the headers of the answer, which a server may hold back until the answer is complete. Default 10 minutes.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest time between two parts of a body. Default 2 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest time for a health probe. Default 10 seconds.</summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The options without the key.</summary>
    public override string ToString() => $"{BaseAddress}";
}
