using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.connect</c>: The dialler's first packet.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
[TlConstructor("tcp.connect")]
public sealed partial record TcpConnect(long Id) : ITcpPacket;
