using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Http;

/// <summary>A wallet by the name toncenter gives it, and how its data tells the next message's number.</summary>
internal sealed record KnownWallet(string Name, Func<Cell?, uint> ReadSeqno);
