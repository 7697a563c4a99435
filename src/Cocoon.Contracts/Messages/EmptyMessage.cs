using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>No body at all: every contract keeps the value and does nothing. Deployment uses it.</summary>
public sealed record EmptyMessage() : ContractMessage(0)
{
    /// <summary>0, as there is no operation.</summary>
    public override uint Op => 0;

    /// <inheritdoc/>
    public override Cell ToCell() => Cell.Empty;
}
