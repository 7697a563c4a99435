using Cocoon.Ton;

namespace Cocoon.Devnet.Chain;

/// <summary>What a devnet is like. Checked when the devnet is opened.</summary>
public sealed class DevnetOptions
{
    /// <summary>The folder that keeps the chain; made when absent. One devnet at a time may use it.</summary>
    public required string Folder { get; init; }

    /// <summary>How often messages are put into a block, 1 ms to 1 minute. Default: 500 ms.</summary>
    public TimeSpan BlockInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a block is made when nothing happens, <see cref="BlockInterval"/> to 1 hour. Default: 5 s.</summary>
    public TimeSpan EmptyBlockInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most transactions in a block, 1 to 4096; messages beyond it wait for the next one. Default: 256.</summary>
    public int MaxTransactionsPerBlock { get; init; } = 256;

    /// <summary>The most gas a get-method may use, 1 to 1,000,000,000. Default: 10,000,000.</summary>
    public long GetMethodGasLimit { get; init; } = 10_000_000;

    /// <summary>What the faucet starts with. Default: 5,000,000,000 TON.</summary>
    public Coins FaucetBalance { get; init; } = Coins.FromTon(5_000_000_000);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        Check(nameof(BlockInterval), BlockInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Check(nameof(EmptyBlockInterval), EmptyBlockInterval, BlockInterval, TimeSpan.FromHours(1));
        Check(nameof(MaxTransactionsPerBlock), MaxTransactionsPerBlock, 1, 4096);
        Check(nameof(GetMethodGasLimit), GetMethodGasLimit, 1, 1_000_000_000);
        Check(nameof(FaucetBalance), FaucetBalance, Coins.FromTon(1), Coins.FromTon(1_000_000_000_000));
    }

    private static void Check<T>(string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            throw new ArgumentOutOfRangeException(name, $"{name} is {value}; wanted {least} to {most}.");
    }
}
