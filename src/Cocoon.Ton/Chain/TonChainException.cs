namespace Cocoon.Ton.Chain;

/// <summary>The chain could not be reached, refused, or answered what cannot be right.</summary>
public sealed class TonChainException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which check failed, what was found, what was wanted.</param>
    /// <param name="code">The server's code, or 0 when it gave none.</param>
    /// <param name="inner">The cause, if any.</param>
    public TonChainException(string message, int code = 0, Exception? inner = null) : base(message, inner) => Code = code;

    /// <summary>The server's code, usually that of HTTP; 0 when it gave none.</summary>
    public int Code { get; }
}
