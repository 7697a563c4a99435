using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>http.header</c>: One HTTP header.</summary>
/// <param name="Name">The name as its sender spelled it.</param>
/// <param name="Value">The value.</param>
[TlConstructor("http.header")]
public sealed partial record HttpHeader(string Name, string Value);
