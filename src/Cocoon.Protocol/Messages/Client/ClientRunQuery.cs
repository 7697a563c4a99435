using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.runQuery</c>: Runs a request, protocol version 0; sent as a one-way message.</summary>
/// <param name="ModelName">The model's name.</param>
/// <param name="Query">The serialised HTTP request.</param>
/// <param name="MaxCoefficient">The highest acceptable price factor in thousandths.</param>
/// <param name="MaxTokens">The most tokens the answer may have.</param>
/// <param name="Timeout">Seconds left for the request.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="MinConfigVersion">The registry version that the caller has seen.</param>
[TlConstructor("client.runQuery")]
public sealed partial record ClientRunQuery(
    string ModelName,
    ReadOnlyMemory<byte> Query,
    int MaxCoefficient,
    int MaxTokens,
    double Timeout,
    Bits256 RequestId,
    int MinConfigVersion) : ITlFunction<IClientQueryAnswer>;
