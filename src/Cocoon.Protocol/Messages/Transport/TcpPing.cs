using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.ping</c>: Asks whether the peer is alive.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
[TlConstructor("tcp.ping")]
public sealed partial record TcpPing(long Id) : ITcpPacket;
