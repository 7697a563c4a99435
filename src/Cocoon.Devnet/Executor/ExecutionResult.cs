using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Executor;

/// <summary>What came of executing a message: a transaction, or the reason why there is none.</summary>
public sealed record ExecutionResult
{
    private ExecutionResult()
    {
    }

    /// <summary>The transaction (TON TL-B <c>Transaction</c>); null when the message was rejected.</summary>
    public Cell? Transaction { get; private init; }

    /// <summary>The account after it (TON TL-B <c>ShardAccount</c>); null when the message was rejected.</summary>
    public Cell? ShardAccount { get; private init; }

    /// <summary>Why there is no transaction; null when there is one.</summary>
    public string? Rejection { get; private init; }

    /// <summary>The exit code the contract ended with before it accepted an external message; null when it did not run.</summary>
    public int? ExitCode { get; private init; }

    /// <summary>A transaction happened.</summary>
    public static ExecutionResult Executed(Cell transaction, Cell shardAccount) => new() { Transaction = transaction, ShardAccount = shardAccount };

    /// <summary>No transaction happened: the message must not be part of a block.</summary>
    public static ExecutionResult Rejected(string reason, int? exitCode) => new() { Rejection = reason, ExitCode = exitCode };
}
