namespace Cocoon.Ton.Chain;

/// <summary>How an account is followed.</summary>
public sealed record AccountFollowerOptions
{
    /// <summary>The time between two looks at an account. Default 2 seconds; more than zero.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Transactions fetched at once. Default 50; 2 to 100.</summary>
    public int PageSize { get; init; } = 50;

    /// <summary>
    /// The most pages that are walked back to the last transaction seen; more is a failure. Bounds memory at about 40 bytes a page.
    /// Default 100,000; at least 1.
    /// </summary>
    public int MaxPages { get; init; } = 100_000;

    /// <summary>Is told every failure; the follower goes on with the next look. Default: nobody is told.</summary>
    public Action<TonChainException>? OnFailure { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PollInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSize, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSize, 100);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPages, 1);
    }
}
