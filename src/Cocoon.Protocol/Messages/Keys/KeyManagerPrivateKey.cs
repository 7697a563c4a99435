using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManager.privateKey</c>: A key and how long it lives.</summary>
/// <param name="ValidUntilUtime">End of validity, Unix seconds.</param>
/// <param name="PrivateKey">The secret key.</param>
[TlConstructor("keyManager.privateKey")]
public sealed partial record KeyManagerPrivateKey(int ValidUntilUtime, Bits256 PrivateKey);
