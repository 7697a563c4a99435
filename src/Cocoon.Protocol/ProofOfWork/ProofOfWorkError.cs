namespace Cocoon.Protocol.ProofOfWork;

/// <summary>Why a proof of work did not succeed.</summary>
public enum ProofOfWorkError
{
    /// <summary>A message does not begin with its magic number.</summary>
    WrongMagic,

    /// <summary>The server asks for more work than the client is willing to do.</summary>
    TooDifficult,

    /// <summary>The nonce does not solve the challenge.</summary>
    WrongNonce,

    /// <summary>The exchange took too long.</summary>
    Timeout,

    /// <summary>The connection ended within the exchange.</summary>
    ConnectionClosed,
}
