using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Wallets;

/// <summary>A message that a wallet is asked to send.</summary>
/// <param name="Message">The complete message; its source is left empty.</param>
/// <param name="Mode">The send mode: 1 pays the fees separately, 2 ignores errors, 64 adds the rest of the inbound value, 128 sends all.</param>
public readonly record struct OutgoingMessage(Cell Message, byte Mode);
