namespace Cocoon.Ton.TonCenter;

/// <summary>How a toncenter-compatible server is used.</summary>
public sealed record TonCenterOptions
{
    /// <summary>Where the server's API starts, such as https://toncenter.com/api/v2/.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Sent as the header X-API-Key; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>A longer answer is refused, in bytes. Default 32 MiB; at least 1 KiB.</summary>
    public int MaxResponseBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How often a question is asked when the server is busy or failing (HTTP 429 and 5xx). Default 4; 1 to 10.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The wait before the second attempt; each later one waits twice as long. Default 500 ms; more than zero.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(BaseAddress);
        if (!BaseAddress.IsAbsoluteUri) throw new ArgumentException($"The base address is {BaseAddress}, wanted an absolute one.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxResponseBytes, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Attempts, 10);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FirstDelay, TimeSpan.Zero);
    }
}
