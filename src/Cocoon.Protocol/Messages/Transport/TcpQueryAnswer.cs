using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tcp.queryAnswer</c>: Answers a query.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
/// <param name="Data">The serialised result.</param>
[TlConstructor("tcp.queryAnswer")]
public sealed partial record TcpQueryAnswer(long Id, ReadOnlyMemory<byte> Data) : ITcpPacket;
