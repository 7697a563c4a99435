using System.ComponentModel.DataAnnotations;

namespace Cocoon.Worker.Configuration;

/// <summary>Which engine answers a worker's requests.</summary>
public sealed class EngineOptions
{
    /// <summary><c>openai</c> (any OpenAI-compatible HTTP server) or <c>builtin</c> (a GGUF file run in this process). Default <c>openai</c>.</summary>
    [Required, RegularExpression("openai|builtin", ErrorMessage = "must be 'openai' or 'builtin'.")]
    public string Kind { get; set; } = "openai";

    /// <summary>For <c>openai</c>: the server's base URL. Default <c>http://127.0.0.1:8000/</c>.</summary>
    [Url]
    public string Url { get; set; } = "http://127.0.0.1:8000/";

    /// <summary>For <c>openai</c>: the key sent to that server, if it wants one.</summary>
    public string? ApiKey { get; set; }

    /// <summary>For <c>builtin</c>: the GGUF file.</summary>
    public string? ModelFile { get; set; }
}
