using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.getWorkerEvidence</c>: Asks for a worker's evidence for a nonce, through the proxy. Protocol version 3.</summary>
/// <param name="ModelName">The model's name.</param>
/// <param name="WorkerKey">The key of the worker's certificate; zero for any worker of the model that takes requests.</param>
/// <param name="Nonce">The nonce.</param>
[TlConstructor("client.getWorkerEvidence")]
public sealed partial record ClientGetWorkerEvidence(string ModelName, Bits256 WorkerKey, Bits256 Nonce) : ITlFunction<ClientWorkerEvidence>;
