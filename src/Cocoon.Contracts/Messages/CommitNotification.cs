using Cocoon.Ton.Messages;

namespace Cocoon.Contracts.Messages;

/// <summary>A mark of the proxy itself stands on chain.</summary>
/// <param name="Transaction">The proxy contract's transaction.</param>
/// <param name="Commit">The mark.</param>
public sealed record CommitNotification(TonTransaction Transaction, CommitProxyState Commit) : ProxyNotification(Transaction);
