using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.oldWorker</c>: A worker of a closed proxy contract.</summary>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="Tokens">Tokens counted so far.</param>
/// <param name="NextWorker">Who follows in the list.</param>
[TlConstructor("proxyDb.oldWorker")]
public sealed partial record ProxyDbOldWorker(string OwnerAddress, long Tokens, string NextWorker);
