using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>test.query</c>: Asks for its id back.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
[TlConstructor("test.query")]
public sealed partial record TestQuery(long Id) : ITlFunction<TestAnswer>;
