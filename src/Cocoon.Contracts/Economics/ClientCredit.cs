using Cocoon.Ton;

namespace Cocoon.Contracts.Economics;

/// <summary>What a client's contract is good for, as counters comparable with the number of tokens used since its birth.</summary>
/// <param name="Paid">The counter up to which the balance pays: tokens charged on chain and those the balance buys.</param>
/// <param name="Staked">The counter up to which the proxy may run ahead of what was charged on chain: those and what the stake buys.</param>
public readonly record struct ClientCredit(AdjustedTokens Paid, AdjustedTokens Staked)
{
    /// <summary>Reads the credit from a contract's figures; sums saturate at <see cref="long.MaxValue"/>.</summary>
    /// <param name="balance">The contract's balance in nanoTON.</param>
    /// <param name="stake">The contract's stake in nanoTON.</param>
    /// <param name="usedOnChain">The token counter recorded in the contract.</param>
    /// <param name="price">The price the client pays per token.</param>
    public static ClientCredit From(Coins balance, Coins stake, AdjustedTokens usedOnChain, TokenPrice price) =>
        new(Saturate(usedOnChain, price.TokensFor(balance)), Saturate(usedOnChain, price.TokensFor(stake)));

    /// <summary>Tokens that may still be reserved, negative when more was used than is covered (Cocoon wire protocol).</summary>
    /// <param name="reserved">Tokens set aside for running requests.</param>
    /// <param name="used">The counter of all tokens used, charged on chain or not.</param>
    /// <exception cref="OverflowException">The difference does not fit 64 bits.</exception>
    public AdjustedTokens Available(AdjustedTokens reserved, AdjustedTokens used) => (Paid < Staked ? Paid : Staked) - reserved - used;

    private static AdjustedTokens Saturate(AdjustedTokens left, AdjustedTokens right) =>
        right.Value > long.MaxValue - left.Value ? new AdjustedTokens(long.MaxValue) : left + right;
}
