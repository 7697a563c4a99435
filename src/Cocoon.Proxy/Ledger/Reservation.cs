using Cocoon.Contracts.Economics;
using Cocoon.Ton;

namespace Cocoon.Proxy.Ledger;

/// <summary>Tokens of a client held for one request, until it is settled or released; whichever comes first counts, once.</summary>
public sealed class Reservation
{
    internal Reservation(TonAddress client, AdjustedTokens amount)
    {
        Client = client;
        Amount = amount;
    }

    /// <summary>The client's owner address.</summary>
    public TonAddress Client { get; }

    /// <summary>How much is held.</summary>
    public AdjustedTokens Amount { get; }

    internal bool Closed { get; set; }
}
