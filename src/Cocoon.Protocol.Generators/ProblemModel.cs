using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Cocoon.Protocol.Generators;

/// <summary>A diagnostic in a form that can be compared and cached.</summary>
internal sealed record ProblemModel(string Rule, string What, string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static ProblemModel At(DiagnosticDescriptor rule, string what, Location? location)
    {
        var line = location?.GetLineSpan();
        return new ProblemModel(rule.Id, what, line?.Path ?? "", location?.SourceSpan ?? default, line?.Span ?? default);
    }

    public Diagnostic ToDiagnostic() =>
        Diagnostic.Create(Rules.All[Rule], Path.Length == 0 ? Location.None : Location.Create(Path, Span, Lines), What);
}
