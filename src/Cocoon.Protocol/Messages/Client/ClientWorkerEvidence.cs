using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.workerEvidence</c>: A worker's evidence for a nonce, as it came from the worker. Protocol version 3.</summary>
/// <param name="WorkerKey">The key of the worker's certificate, which the evidence has to vouch for.</param>
/// <param name="Evidence">The evidence.</param>
[TlConstructor("client.workerEvidence")]
public sealed partial record ClientWorkerEvidence(Bits256 WorkerKey, AttestationEvidence Evidence);
