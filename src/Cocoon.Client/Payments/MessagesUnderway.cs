using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Client.Payments;

/// <summary>Tells from the chain whether something the wallet sent to a contract has not reached it yet.</summary>
internal static class MessagesUnderway
{
    // No message takes longer than this from one account to another.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    public static async Task<bool> AnyAsync(
        ITonChain chain, TonAddress wallet, TonAddress contract, DateTimeOffset chainTime, CancellationToken cancellationToken)
    {
        var sent = (await chain.GetTransactionsAsync(wallet, 16, null, cancellationToken).ConfigureAwait(false))
            .Where(transaction => transaction.Time > chainTime - Window)
            .SelectMany(transaction => transaction.OutMessages).OfType<InternalMessage>()
            .Where(message => message.Destination == contract).Select(message => message.Body.Hash).ToHashSet();
        if (sent.Count == 0)
            return false;
        foreach (var transaction in await chain.GetTransactionsAsync(contract, 32, null, cancellationToken).ConfigureAwait(false))
        {
            if (transaction.InMessage is { } message)
                sent.Remove(message.Body.Hash);
        }
        return sent.Count > 0;
    }
}
