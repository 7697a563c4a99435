using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.connected</c>: The acceptor's first packet.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
[TlConstructor("tcp.connected")]
public sealed partial record TcpConnected(long Id) : ITcpPacket;
