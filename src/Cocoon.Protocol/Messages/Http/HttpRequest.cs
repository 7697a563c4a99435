using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>http.request</c>: An HTTP request.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Url">The path and query as received.</param>
/// <param name="HttpVersion">HTTP/1.0 or HTTP/1.1.</param>
/// <param name="Headers">The headers in order.</param>
/// <param name="Payload">The body.</param>
[TlConstructor("http.request")]
public sealed partial record HttpRequest(
    string Method,
    string Url,
    string HttpVersion,
    ImmutableArray<HttpHeader> Headers,
    ReadOnlyMemory<byte> Payload) : ITlFunction<HttpResponse>;
