using Cocoon.Ton;
using Cocoon.Ton.Messages;

namespace Cocoon.Contracts.Messages;

/// <summary>A client contract of this proxy said how it stands.</summary>
/// <param name="Transaction">The proxy contract's transaction.</param>
/// <param name="Contract">The client contract, whose address follows from the owner in the request.</param>
/// <param name="Request">What it said.</param>
public sealed record ClientNotification(TonTransaction Transaction, TonAddress Contract, ClientRequest Request) : ProxyNotification(Transaction);
