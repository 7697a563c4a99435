namespace Cocoon.Attestation;

/// <summary>Evidence or a certificate that is not what it has to be. The message says which check failed, what it found and what it wanted.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="cause">What led to it.</param>
public sealed class AttestationException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What a peer may be told instead, where the message tells of this side's folders and addresses; null where it may be told the message.</summary>
    public string? ToldToPeers { get; init; }
}
