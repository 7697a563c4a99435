using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>attestation.prove</c>: Asks for evidence for a nonce. Protocol version 3.</summary>
/// <param name="Nonce">The nonce.</param>
[TlConstructor("attestation.prove")]
public sealed partial record AttestationProve(Bits256 Nonce) : ITlFunction<AttestationEvidence>;
