using Cocoon.Contracts.Channels;

namespace Cocoon.Client.Payments;

/// <summary>A client contract as it was at one look.</summary>
/// <param name="State">What it holds; null when it is not on chain.</param>
/// <param name="SyncedAt">The chain's time of the look.</param>
internal sealed record ChannelView(ClientContractState? State, DateTimeOffset SyncedAt);
