namespace Cocoon.Client.Proxies;

/// <summary>A proxy did what the protocol does not allow, or is not who it has to be; the message says which check failed.</summary>
internal sealed class ProxyFaultException(string message) : IOException(message);
