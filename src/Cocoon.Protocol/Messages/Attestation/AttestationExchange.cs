using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary>
/// <c>attestation.exchange</c>: Shows the dialler's evidence for this connection and asks for the proxy's. The dialler's first query once version 3 is chosen.
/// </summary>
/// <param name="Evidence">The dialler's evidence for this connection.</param>
[TlConstructor("attestation.exchange")]
public sealed partial record AttestationExchange(AttestationEvidence Evidence) : ITlFunction<AttestationEvidence>;
