using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>
/// A comment of one letter from an owner, as any wallet can send it. To a proxy contract: <c>c</c> starts to close, <c>w</c> withdraws
/// the share. To a node wallet: <c>w</c> withdraws all, <c>b</c> blocks, <c>u</c> unblocks.
/// </summary>
/// <param name="Letter">The letter, one byte.</param>
public sealed record TextCommand(char Letter) : ContractMessage(0)
{
    /// <summary>The operation code of comments.</summary>
    public const uint OpCode = 0;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    /// <inheritdoc/>
    public override Cell ToCell() => new CellBuilder().StoreUInt(OpCode, 32).StoreUInt(Letter, 8).Build();
}
