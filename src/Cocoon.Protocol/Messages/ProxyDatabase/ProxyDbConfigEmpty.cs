using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.configEmpty</c>: A proxy's database before its first start.</summary>
[TlConstructor("proxyDb.configEmpty")]
public sealed partial record ProxyDbConfigEmpty() : IProxyDbConfig;
