using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Wallet;

/// <summary>A message for a wallet to send.</summary>
/// <param name="Message">The complete message cell.</param>
/// <param name="Mode">The send mode: 1 pays fees apart from the value, 2 ignores errors, 64 and 128 carry the rest of a value or balance.</param>
public sealed record OutgoingMessage(Cell Message, byte Mode);
