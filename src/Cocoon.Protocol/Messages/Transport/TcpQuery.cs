using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.query</c>: Carries a function that asks for an answer.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
/// <param name="Data">The serialised function.</param>
[TlConstructor("tcp.query")]
public sealed partial record TcpQuery(long Id, ReadOnlyMemory<byte> Data) : ITcpPacket;
