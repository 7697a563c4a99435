namespace Cocoon.Contracts.Channels;

/// <summary>Where a channel contract is in its life. It only moves forward.</summary>
public enum ContractPhase
{
    /// <summary>In use.</summary>
    Normal = 0,

    /// <summary>Waiting for its unlock time. Worker contracts have no such phase.</summary>
    Closing = 1,

    /// <summary>Closed for good.</summary>
    Closed = 2,
}
