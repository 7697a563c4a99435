using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;

namespace Cocoon.Proxy.Relay;

/// <summary>A client's request, whichever constructor carried it.</summary>
internal sealed record RelayRequest(
    Bits256 Id, string Model, ReadOnlyMemory<byte> Query, int MaxCoefficient, int MaxTokens, double TimeoutSeconds, int MinConfigVersion, bool Debug)
{
    public static RelayRequest From(ClientRunQuery query) =>
        new(query.RequestId, query.ModelName, query.Query, query.MaxCoefficient, query.MaxTokens, query.Timeout, query.MinConfigVersion, false);

    public static RelayRequest From(ClientRunQueryEx query) =>
        new(query.RequestId, query.ModelName, query.Query, query.MaxCoefficient, query.MaxTokens, query.Timeout, query.MinConfigVersion, query.EnableDebug ?? false);
}
