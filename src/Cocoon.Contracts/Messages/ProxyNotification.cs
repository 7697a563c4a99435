using Cocoon.Ton.Messages;

namespace Cocoon.Contracts.Messages;

/// <summary>Something a proxy learns from the transactions of its own contract.</summary>
/// <param name="Transaction">The transaction that brought it.</param>
public abstract record ProxyNotification(TonTransaction Transaction)
{
    /// <summary>
    /// Whether the proxy contract carried out what it was asked to. Mere notifications carry too little to run code: what they tell of
    /// the sender holds all the same.
    /// </summary>
    public bool IsCarriedOut => Transaction is { ComputeSucceeded: true, Aborted: false };
}
