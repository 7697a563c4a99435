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

    /// <summary>The voucher that also closes the channel: a refund of the rest for a client, the last payment for a worker.</summary>
    public Voucher Closing(LedgerSide side, TonAddress holder) =>
        Sign(side == LedgerSide.Client ? VoucherKind.ClientRefund : VoucherKind.WorkerLastPayout, side, holder, ledger.Read(side, holder).Committed);

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
