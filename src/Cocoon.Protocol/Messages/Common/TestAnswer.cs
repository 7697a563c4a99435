using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>test.answer</c>: Answers a test query.</summary>
/// <param name="Id">Pairs an answer with its question.</param>
[TlConstructor("test.answer")]
public sealed partial record TestAnswer(long Id);
