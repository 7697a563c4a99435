using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManagerDb.key</c>: A key in a key manager's database.</summary>
/// <param name="PrivateKey">The secret key.</param>
/// <param name="ForProxies">Whether proxies may have the key.</param>
/// <param name="ForWorkers">Whether workers may have the key.</param>
/// <param name="ValidSinceConfigVersion">The first registry version the key is for.</param>
/// <param name="ValidSinceUtime">Start of validity, Unix seconds.</param>
/// <param name="ValidUntilUtime">End of validity, Unix seconds.</param>
[TlConstructor("keyManagerDb.key")]
public sealed partial record KeyManagerDbKey(
    Bits256 PrivateKey,
    bool ForProxies,
    bool ForWorkers,
    int ValidSinceConfigVersion,
    int ValidSinceUtime,
    int ValidUntilUtime);
