using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManagerDb.configV1</c>: The state of a key manager.</summary>
/// <param name="RootContractVersion">The registry version.</param>
[TlConstructor("keyManagerDb.configV1")]
public sealed partial record KeyManagerDbConfigV1(int RootContractVersion) : IKeyManagerDbConfig;
