namespace Cocoon.Cli.Story;

/// <summary>What <c>cocoon demo --json</c> prints.</summary>
internal sealed record DemoReport
{
    public required bool Ok { get; init; }

    /// <summary>What does not hold, in words; empty when all is well.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required IReadOnlyList<DemoAnswer> Answers { get; init; }

    public required IReadOnlyList<DemoHop> Hops { get; init; }

    /// <summary>What the worker of the last answer proved when it was asked.</summary>
    public required DemoAttestation Attestation { get; init; }

    /// <summary>Adjusted tokens.</summary>
    public required object Tokens { get; init; }

    /// <summary>Amounts read from the chain.</summary>
    public required object NanoTon { get; init; }

    public required object Contracts { get; init; }

    /// <summary>Transactions of the channel contracts.</summary>
    public required int Transactions { get; init; }
}
