using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>http.response</c>: An HTTP response, or its head when the body follows in parts.</summary>
/// <param name="HttpVersion">HTTP/1.0 or HTTP/1.1.</param>
/// <param name="StatusCode">The HTTP status.</param>
/// <param name="Reason">The reason phrase.</param>
/// <param name="Headers">The headers in order.</param>
/// <param name="Payload">The body.</param>
[TlConstructor("http.response")]
public sealed partial record HttpResponse(
    string HttpVersion,
    int StatusCode,
    string Reason,
    ImmutableArray<HttpHeader> Headers,
    ReadOnlyMemory<byte> Payload);
