using Cocoon.Cryptography;

namespace Cocoon.Proxy.Ledger;

/// <summary>A point in the ledger's history that is announced on chain, so that an older copy of the database can be recognised.</summary>
/// <param name="Sequence">Grows by one with every commit, over restarts.</param>
/// <param name="Session">Random for each process start.</param>
public readonly record struct StateCommit(int Sequence, Bits256 Session);
