using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>attestation.evidence</c>: Evidence that was made for one occasion. Protocol version 3.</summary>
/// <param name="Quote">The quote, at most 32768 bytes; empty from who has none.</param>
/// <param name="Gpus">The evidence of the GPUs that work with the machine.</param>
[TlConstructor("attestation.evidence")]
public sealed partial record AttestationEvidence(ReadOnlyMemory<byte> Quote, ImmutableArray<AttestationGpu> Gpus);
