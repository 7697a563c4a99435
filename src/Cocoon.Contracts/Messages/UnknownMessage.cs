using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A message with an operation code that none of the contracts has, or a comment of another length than one byte.</summary>
/// <param name="Op">The operation code.</param>
/// <param name="Body">The whole body.</param>
public sealed record UnknownMessage(uint Op, Cell Body) : ContractMessage(0)
{
    /// <inheritdoc/>
    public override uint Op { get; } = Op;

    /// <inheritdoc/>
    public override Cell ToCell() => Body;
}
