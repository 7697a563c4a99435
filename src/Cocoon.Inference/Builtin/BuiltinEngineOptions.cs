namespace Cocoon.Inference.Builtin;

/// <summary>Limits of the built-in engine.</summary>
public sealed record BuiltinEngineOptions
{
    /// <summary>Name under which the model is offered; null takes the one in its metadata.</summary>
    public string? ModelName { get; init; }

    /// <summary>Most tokens of prompt and answer together; null takes the model's own context. Memory of a request grows with it.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Requests answered at once, each on one core. Default: the number of cores.</summary>
    public int MaxConcurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>Requests that may wait for their turn; the next is refused with status 503. Default 64.</summary>
    public int MaxQueue { get; init; } = 64;

    /// <summary>Most bytes of a request body. Default 4 MiB.</summary>
    public int MaxRequestBytes { get; init; } = 4 << 20;

    /// <summary>Most answers of one request (prompts × n). Default 8.</summary>
    public int MaxChoices { get; init; } = 8;
}
