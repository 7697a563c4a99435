namespace Cocoon.Client.Payments;

/// <summary>What came of an operator's action on a payment channel.</summary>
/// <param name="Action">The action.</param>
/// <param name="Contract">The client contract.</param>
/// <param name="Phase">Where the contract is in its life now.</param>
/// <param name="Balance">Its balance now.</param>
/// <param name="Completed">Whether the action's effect stands on chain.</param>
/// <param name="Message">What happened, and the next step if there is one.</param>
internal sealed record PaymentReport(string Action, string Contract, string Phase, string Balance, bool Completed, string Message);
