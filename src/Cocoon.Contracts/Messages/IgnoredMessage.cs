using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A message that every contract ignores, whatever follows the operation code.</summary>
/// <param name="Body">The whole body.</param>
public sealed record IgnoredMessage(Cell Body) : ContractMessage(0)
{
    /// <summary>The operation code "do not process".</summary>
    public const uint OpCode = 0x9a1247c0;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    /// <inheritdoc/>
    public override Cell ToCell() => Body;
}
