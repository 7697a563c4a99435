using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManager.getProxyPrivateKeys</c>: Asks for the keys of proxies.</summary>
/// <param name="MinConfigVersion">The registry version that the caller has seen.</param>
[TlConstructor("keyManager.getProxyPrivateKeys")]
public sealed partial record KeyManagerGetProxyPrivateKeys(int MinConfigVersion) : ITlFunction<KeyManagerPrivateKeys>;
