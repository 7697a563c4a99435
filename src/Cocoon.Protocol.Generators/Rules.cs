using Microsoft.CodeAnalysis;

namespace Cocoon.Protocol.Generators;

internal static class Rules
{
    private const string Category = "Cocoon.Tl";

    public static readonly DiagnosticDescriptor Shape = new(
        "COTL001", "A message must be a sealed partial positional record", "{0} must be a sealed partial positional record in a namespace",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor FieldType = new(
        "COTL002", "A field has a type that has no wire form",
        "{0} has no wire form; use int, long, double, bool, string, ReadOnlyMemory<byte>, Bits256, a message, an interface marked "
        + "TlType, or an ImmutableArray of one of these",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor Flags = new(
        "COTL003", "A flag, the flags word and a nullable field do not agree", "{0}", Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor SameId = new(
        "COTL004", "Two messages have the same constructor id", "{0}", Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor ResultType = new(
        "COTL005", "The result type of a function has no schema name",
        "{0} must be a message or an interface marked TlType", Category, DiagnosticSeverity.Error, true);

    public static readonly IReadOnlyDictionary<string, DiagnosticDescriptor> All =
        new[] { Shape, FieldType, Flags, SameId, ResultType }.ToDictionary(rule => rule.Id);
}
