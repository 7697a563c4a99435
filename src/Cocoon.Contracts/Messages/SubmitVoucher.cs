using Cocoon.Contracts.Vouchers;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>Anybody brings a voucher to the contract it is meant for.</summary>
/// <param name="Voucher">The voucher; parsing a message does not check its signature.</param>
public sealed record SubmitVoucher(Voucher Voucher) : ContractMessage(Voucher.QueryId)
{
    /// <inheritdoc/>
    public override uint Op => (uint)Voucher.Kind;

    /// <inheritdoc/>
    public override Cell ToCell() => Voucher.ToCell();
}
