using System.Collections.Concurrent;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Vouchers;
using Cocoon.Node.Wallet;
using Cocoon.Protocol.Messages;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;

namespace Cocoon.Proxy.Settlement;

/// <summary>Signs vouchers, always for the committed counter and never more; the last one of each channel is kept until its counter moves.</summary>
public sealed class VoucherBook(ProxyIdentity identity, ProxyLedger ledger, TonAddress excess)
{
    private readonly ConcurrentDictionary<(LedgerSide, TonAddress), Entry> _entries = new();

    /// <summary>The voucher that charges a client or pays a worker up to the committed counter.</summary>
    public Voucher Current(LedgerSide side, TonAddress holder) => Find(side, holder).Voucher;

    /// <summary>The same as it travels between nodes.</summary>
    public ProxySignedPayment CurrentPayment(LedgerSide side, TonAddress holder) => Find(side, holder).Payment;

    /// <summary>
    /// The voucher that closes a client's channel and gives back what is left in it; null while requests of the client run or something it
    /// used is not committed. Once it is signed the client cannot use anything any more.
    /// </summary>
    public Voucher? Closing(TonAddress client) =>
        ledger.TryEnd(client) ? Sign(VoucherKind.ClientRefund, LedgerSide.Client, client, ledger.Read(LedgerSide.Client, client).Committed) : null;

    private Entry Find(LedgerSide side, TonAddress holder)
    {
        var committed = ledger.Read(side, holder).Committed;
        if (_entries.TryGetValue((side, holder), out var entry) && entry.Voucher.Tokens == committed)
            return entry;
        var voucher = Sign(side == LedgerSide.Client ? VoucherKind.ClientCharge : VoucherKind.WorkerPayout, side, holder, committed);
        return _entries[(side, holder)] = new Entry(voucher, new ProxySignedPayment(voucher.ToBytes()));
    }

    private Voucher Sign(VoucherKind kind, LedgerSide side, TonAddress holder, AdjustedTokens tokens) =>
        Voucher.Sign(kind, QueryIds.Next(), tokens, identity.Channel(side, holder), excess, identity.Key);

    private sealed record Entry(Voucher Voucher, ProxySignedPayment Payment);
}
