using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.workerInfo</c>: A worker in a proxy's database.</summary>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="ScAddress">The contract's address.</param>
/// <param name="ScTokens">Tokens known to the contract.</param>
/// <param name="Tokens">Tokens counted so far.</param>
/// <param name="LastRequestAt">When it last asked, Unix seconds.</param>
[TlConstructor("proxyDb.workerInfo")]
public sealed partial record ProxyDbWorkerInfo(
    string OwnerAddress,
    string ScAddress,
    long ScTokens,
    long Tokens,
    int LastRequestAt);
