using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.queryError</c>: Refuses a query.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
/// <param name="Code">One of the error codes of the protocol, or 0.</param>
/// <param name="Message">What went wrong.</param>
[TlConstructor("tcp.queryError")]
public sealed partial record TcpQueryError(long Id, int Code, string Message) : ITcpPacket;
