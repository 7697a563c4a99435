namespace Cocoon.Proxy.Ledger;

/// <summary>Whose tokens an account counts.</summary>
public enum LedgerSide
{
    /// <summary>Tokens a client has used.</summary>
    Client = 0,

    /// <summary>Tokens a worker has earned.</summary>
    Worker = 1,
}
