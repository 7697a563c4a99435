using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Client.Payments;

/// <summary>Decides from the chain's state alone, so that a client killed at any instant decides the same again.</summary>
internal static class PaymentPolicy
{
    /// <summary>The next step.</summary>
    /// <param name="state">What the contract holds; null when it is not on chain.</param>
    /// <param name="secretHash">The hash it should hold.</param>
    /// <param name="used">The counter of tokens used, by what the proxy said.</param>
    /// <param name="voucher">The counter of the newest voucher.</param>
    /// <param name="topUp">Whether money may be added.</param>
    /// <param name="retired">Whether the network's parameters changed long enough ago.</param>
    public static PaymentStep Next(
        ClientContractState? state, Bits256 secretHash, AdjustedTokens used, AdjustedTokens voucher, bool topUp, bool retired)
    {
        if (state is null)
            return retired ? PaymentStep.None : PaymentStep.Deploy;
        if (state.Phase != ContractPhase.Normal)
            return PaymentStep.None;
        if (retired)
            return PaymentStep.RequestRefund;
        if (state.SecretHash != secretHash)
            return PaymentStep.SetSecret;
        if (topUp && NeedsTopUp(state, used))
            return PaymentStep.TopUp;
        // Only what is signed, and while there is something to charge: else figures from the proxy alone could make the wallet pay fees without end.
        return state.Balance > Coins.Zero && voucher.Value - state.TokensUsed.Value > HalfStake(state) ? PaymentStep.Charge : PaymentStep.None;
    }

    /// <summary>Whether less than half a stake is left of what was paid in.</summary>
    public static bool NeedsTopUp(ClientContractState state, AdjustedTokens used) =>
        TopUpAmount(state) > Coins.Zero && Left(state, used) < HalfStake(state);

    /// <summary>Whether more was used than the contract's money and another stake pay for; no honest proxy lets it come to that.</summary>
    public static bool IsOverdrawn(ClientContractState state, AdjustedTokens used) => Left(state, used) < -2 * HalfStake(state);

    /// <summary>One stake, rounded down to what whole tokens cost; zero when tokens are free.</summary>
    public static Coins TopUpAmount(ClientContractState state) => state.Parameters.Price.NanoTon == 0
        ? Coins.Zero
        : new Coins(state.Stake.NanoTon - (state.Stake.NanoTon % state.Parameters.Price.NanoTon));

    private static long Left(ClientContractState state, AdjustedTokens used) =>
        ClientCredit.From(state.Balance, state.Stake, state.TokensUsed, state.Parameters.Price).Paid.Value - Math.Max(used.Value, state.TokensUsed.Value);

    /// <summary>How many tokens half the stake buys.</summary>
    public static long HalfStake(ClientContractState state) => state.Parameters.Price.TokensFor(state.Stake).Value / 2;
}
