namespace Cocoon.Protocol.ProofOfWork;

/// <summary>A proof of work did not succeed; the connection is of no further use.</summary>
public sealed class ProofOfWorkException : IOException
{
    /// <summary>Makes an error of a kind, with a reason.</summary>
    public ProofOfWorkException(ProofOfWorkError error, string message, Exception? cause = null)
        : base(message, cause) => Error = error;

    /// <summary>Why it did not succeed.</summary>
    public ProofOfWorkError Error { get; }
}
