using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>attestation.gpu</c>: The evidence of one GPU. Protocol version 3.</summary>
/// <param name="Report">The GPU's report: the SPDM request, then the response.</param>
/// <param name="Certificates">The chain of its key in DER, the device's certificate first.</param>
[TlConstructor("attestation.gpu")]
public sealed partial record AttestationGpu(ReadOnlyMemory<byte> Report, ImmutableArray<ReadOnlyMemory<byte>> Certificates);
