namespace Cocoon.Client.Payments;

/// <summary>A payment channel is closing or closed and refuses what was asked of it.</summary>
internal sealed class ChannelClosedException(string message) : IOException(message);
