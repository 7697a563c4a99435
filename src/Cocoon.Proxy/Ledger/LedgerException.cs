namespace Cocoon.Proxy.Ledger;

/// <summary>The ledger cannot be opened or written; a proxy that meets this stops serving rather than risk money.</summary>
public sealed class LedgerException(string message) : Exception(message);
