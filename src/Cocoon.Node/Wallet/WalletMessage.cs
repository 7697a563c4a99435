using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Node.Wallet;

/// <summary>Something a node's wallet shall send.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Value">What it carries, in nanoTON; fees come out of it unless it is 1 nanoTON or less.</param>
/// <param name="Body">The message body, if any.</param>
/// <param name="StateInit">Code and data that deploy the destination, if it may not exist yet.</param>
public sealed record WalletMessage(TonAddress Destination, Coins Value, Cell? Body = null, StateInit? StateInit = null);
