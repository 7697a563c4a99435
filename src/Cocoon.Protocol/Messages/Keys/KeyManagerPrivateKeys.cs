using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManager.privateKeys</c>: The keys that the caller may have.</summary>
/// <param name="Keys">The keys.</param>
[TlConstructor("keyManager.privateKeys")]
public sealed partial record KeyManagerPrivateKeys(ImmutableArray<KeyManagerPrivateKey> Keys);
