namespace Cocoon.Node.Connections.Transports;

/// <summary>What a port asks of those who connect.</summary>
/// <param name="Policy">The name of the policy that judges them.</param>
/// <param name="Difficulty">The proof of work, in leading zero bits, where this process asks for it.</param>
/// <param name="Sources">Counts connections by the address they come from, where that is only known from what a router tells.</param>
public sealed record AcceptTerms(string Policy, int Difficulty, ConnectionLimiter Sources);
