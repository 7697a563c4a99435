using Cocoon.Ton;

namespace Cocoon.Contracts.Messages;

/// <summary>What the contracts want to find in a message, and what nodes of the network usually attach; the excess comes back. All in nanoTON.</summary>
public static class MessageValues
{
    /// <summary>The least value, beyond amounts, of a message to a client or proxy contract; a worker contract wants more than this. 0.1 TON.</summary>
    public static Coins Commission => new(100_000_000);

    /// <summary>What every contract keeps for its rent. 0.01 TON.</summary>
    public static Coins StorageReserve => new(10_000_000);

    /// <summary>A mark or notification that runs no code: 1 nanoTON, its fees paid apart.</summary>
    public static Coins Notification => new(1);

    /// <summary>Deploys a proxy or worker contract. 0.3 TON.</summary>
    public static Coins Deploy => new(300_000_000);

    /// <summary>Deploys a client contract. 0.8 TON.</summary>
    public static Coins DeployClient => new(800_000_000);

    /// <summary>Commands a client contract, beyond the amount it carries. 0.7 TON.</summary>
    public static Coins ClientCommand => new(700_000_000);

    /// <summary>Registers a client. 1 TON.</summary>
    public static Coins RegisterClient => new(1_000_000_000);

    /// <summary>Submits a voucher to a worker contract. 0.5 TON.</summary>
    public static Coins WorkerVoucher => new(500_000_000);

    /// <summary>Starts or completes the close of a proxy contract. 0.2 TON.</summary>
    public static Coins ProxyClose => new(200_000_000);

    /// <summary>Withdraws a proxy's share. 0.2 TON.</summary>
    public static Coins ProxyWithdrawal => new(200_000_000);
}
