using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary>
/// <c>client.answerEvidence</c>: Which worker answers a request, and what the proxy verified of it; sent ahead of the answer. Protocol version 3.
/// </summary>
/// <param name="RequestId">The request.</param>
/// <param name="WorkerKey">The key of the worker's certificate.</param>
/// <param name="Evidence">The kind of its evidence, by its name in configuration.</param>
/// <param name="ImageHash">The hash of its image; zero without evidence.</param>
/// <param name="QuoteHash">SHA-256 of the quote in its certificate; zero without evidence.</param>
[TlConstructor("client.answerEvidence")]
public sealed partial record ClientAnswerEvidence(Bits256 RequestId, Bits256 WorkerKey, string Evidence, Bits256 ImageHash, Bits256 QuoteHash);
