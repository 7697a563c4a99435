using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.pong</c>: Answers a ping.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
[TlConstructor("tcp.pong")]
public sealed partial record TcpPong(long Id) : ITcpPacket;
