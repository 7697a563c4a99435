namespace Cocoon.Cryptography.Tls;

/// <summary>A TLS connection that could not be made or went wrong. The message says what failed and why.</summary>
/// <param name="message">What failed, what was found, what was wanted.</param>
/// <param name="cause">What led to it.</param>
public sealed class TlsException(string message, Exception? cause = null) : IOException(message, cause);
