using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Messages;

namespace Cocoon.Contracts.Messages;

/// <summary>
/// Picks what concerns a proxy out of the transactions of its contract. Anybody can send the contract anything, so the sender is
/// recomputed from the owner that a request names, and a mark counts only from the proxy's own wallet.
/// </summary>
/// <param name="proxy">The proxy contract.</param>
/// <param name="parameters">The parameters it was born with, with the worker and client codes.</param>
/// <param name="key">The key that signs its vouchers.</param>
/// <param name="wallet">The proxy's node wallet.</param>
public sealed class ProxyNotificationReader(TonAddress proxy, NetworkParameters parameters, Ed25519PublicKey key, TonAddress wallet)
{
    /// <summary>Reads a transaction of the proxy contract; null for bounced, malformed, foreign and other messages.</summary>
    public ProxyNotification? Read(TonTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction.Account != proxy || transaction.InMessage is not InternalMessage { Bounced: false, Source: { } sender } message)
            return null;
        try
        {
            return ContractMessage.Parse(message.Body) switch
            {
                ClientRequest request when sender == new ClientContract(parameters, request.Owner, proxy, key).Address =>
                    new ClientNotification(transaction, sender, request),
                WorkerRequest request when sender == new WorkerContract(parameters, request.Owner, proxy, key).Address =>
                    new WorkerNotification(transaction, sender, request),
                CommitProxyState commit when sender == wallet => new CommitNotification(transaction, commit),
                _ => null,
            };
        }
        catch (CellFormatException)
        {
            return null;
        }
    }
}
