namespace Cocoon.Client.Proxies;

/// <summary>The connection to a proxy ended while a request was running on it.</summary>
internal sealed class SessionLostException(string message, Exception? inner = null) : IOException(message, inner);
