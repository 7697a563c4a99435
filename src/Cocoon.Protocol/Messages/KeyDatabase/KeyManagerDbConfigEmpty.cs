using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManagerDb.configEmpty</c>: A key manager's database before its first start.</summary>
[TlConstructor("keyManagerDb.configEmpty")]
public sealed partial record KeyManagerDbConfigEmpty() : IKeyManagerDbConfig;
