using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Settlement;
using Cocoon.Ton;

namespace Cocoon.Proxy.Sessions;

/// <summary>
/// Shows one peer its newest voucher, unasked, when it has become worth more. One is under way at most, so that they do not pile up in front
/// of a peer that reads slowly.
/// </summary>
internal sealed class VoucherPush(VoucherBook vouchers, LedgerSide side)
{
    private int _wanted;

    /// <summary>Ends when the peer has been sent what was newest, or has gone, or when another call is at it already.</summary>
    public async Task ShowAsync(TonAddress owner, Func<ITlObject, CancellationToken, ValueTask> send, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _wanted) > 1)
            return;
        var voucher = new FreshMessage(ProxySignedPayment.TlId, () => vouchers.CurrentPayment(side, owner));
        try
        {
            int seen;
            do
            {
                seen = Volatile.Read(ref _wanted);
                await send(voucher, cancellationToken).ConfigureAwait(false);
            }
            while (Interlocked.Add(ref _wanted, -seen) > 0);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Whoever comes back is shown it then.
        }
    }
}
