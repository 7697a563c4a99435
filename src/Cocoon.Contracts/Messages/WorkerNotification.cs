using Cocoon.Ton;
using Cocoon.Ton.Messages;

namespace Cocoon.Contracts.Messages;

/// <summary>A worker contract of this proxy said how it stands.</summary>
/// <param name="Transaction">The proxy contract's transaction.</param>
/// <param name="Contract">The worker contract, whose address follows from the owner in the request.</param>
/// <param name="Request">What it said.</param>
public sealed record WorkerNotification(TonTransaction Transaction, TonAddress Contract, WorkerRequest Request) : ProxyNotification(Transaction);
