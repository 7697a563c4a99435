namespace Cocoon.Fuzz;

/// <summary>What came of attacking one state of one role.</summary>
/// <param name="Role">The role.</param>
/// <param name="State">The state of its session.</param>
/// <param name="Packets">Packets sent.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Sessions">Connections opened.</param>
/// <param name="Ends">How they ended, and how often.</param>
/// <param name="Replies">Answers, refusals and messages of the role.</param>
/// <param name="Kinds">Different outcomes seen.</param>
/// <param name="ManagedBefore">Managed bytes after warming up, after a full collection.</param>
/// <param name="ManagedAfter">The same at the end.</param>
/// <param name="WorkingSetBefore">Bytes of the process in memory after warming up.</param>
/// <param name="WorkingSetAfter">The same at the end.</param>
/// <param name="Failure">What rule was broken; null when none was.</param>
internal sealed record StateResult(
    string Role, string State, long Packets, double Seconds, long Sessions, IReadOnlyDictionary<string, long> Ends, long Replies, int Kinds,
    long ManagedBefore, long ManagedAfter, long WorkingSetBefore, long WorkingSetAfter, string? Failure);
