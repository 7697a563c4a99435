namespace Cocoon.Testing.Tl;

/// <summary>
/// A message as its declaration and its fields' values in wire order: uint for <c>#</c>, int, long, double, bool, string, byte[] for
/// <c>bytes</c> and <c>int256</c>, another value, a list of these, or null for a field that is not there.
/// </summary>
public sealed record TlValue(TlDeclaration Declaration, IReadOnlyList<object?> Fields);
