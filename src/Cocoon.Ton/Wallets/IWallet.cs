using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Wallets;

/// <summary>A contract that holds an owner's TON and sends what the owner signs.</summary>
public interface IWallet
{
    /// <summary>The name of the contract's version, such as "v4r2".</summary>
    string Version { get; }

    /// <summary>The wallet's address.</summary>
    TonAddress Address { get; }

    /// <summary>What the wallet is deployed with.</summary>
    StateInit StateInit { get; }

    /// <summary>The next sequence number from the account's data; 0 for an account that is not yet deployed.</summary>
    /// <exception cref="CellFormatException">The data is not this wallet's.</exception>
    uint ReadSeqno(Cell? data);

    /// <summary>Makes a signed external message that sends <paramref name="messages"/>.</summary>
    /// <param name="seqno">The number that <see cref="ReadSeqno"/> gave.</param>
    /// <param name="validUntil">The contract refuses the message from then on.</param>
    /// <param name="messages">At most as many as the version allows.</param>
    /// <param name="includeStateInit">Whether the wallet is deployed by it; wanted while the account is not yet active.</param>
    /// <exception cref="ArgumentException">There are too many messages.</exception>
    Cell CreateTransfer(uint seqno, DateTimeOffset validUntil, IReadOnlyList<OutgoingMessage> messages, bool includeStateInit);
}
