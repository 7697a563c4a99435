using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.packet</c>: Carries a one-way message.</summary>
/// <param name="Data">The serialised message.</param>
[TlConstructor("tcp.packet")]
public sealed partial record TcpPacket(ReadOnlyMemory<byte> Data) : ITcpPacket;
