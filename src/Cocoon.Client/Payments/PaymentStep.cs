namespace Cocoon.Client.Payments;

/// <summary>What a payment channel needs next.</summary>
internal enum PaymentStep
{
    None,

    /// <summary>The contract is not on chain yet.</summary>
    Deploy,

    /// <summary>The secret's hash on chain is another one.</summary>
    SetSecret,

    /// <summary>Less than half a stake is left.</summary>
    TopUp,

    /// <summary>A voucher says more than half a stake beyond the chain, which keeps the proxy from serving more.</summary>
    Charge,

    /// <summary>The network has newer parameters, so this contract has no future.</summary>
    RequestRefund,
}
