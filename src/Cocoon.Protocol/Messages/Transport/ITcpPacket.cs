using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.Packet</c>: A packet's body.</summary>
[TlType("tcp.Packet")]
public interface ITcpPacket : ITlObject;
