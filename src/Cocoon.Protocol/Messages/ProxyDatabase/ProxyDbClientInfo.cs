using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.clientInfo</c>: A client in a proxy's database, first form.</summary>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="ScAddress">The contract's address.</param>
/// <param name="Status">The state of the contract.</param>
/// <param name="Balance">The contract's balance in nanoTON.</param>
/// <param name="ScTokensUsed">Tokens known to the contract.</param>
/// <param name="TokensUsed">Tokens counted so far.</param>
/// <param name="SecretHash">The SHA-256 hash of the client's secret.</param>
/// <param name="LastRequestAt">When it last asked, Unix seconds.</param>
[TlConstructor("proxyDb.clientInfo")]
public sealed partial record ProxyDbClientInfo(
    string OwnerAddress,
    string ScAddress,
    int Status,
    long Balance,
    long ScTokensUsed,
    long TokensUsed,
    Bits256 SecretHash,
    int LastRequestAt) : IProxyDbClientInfo;
