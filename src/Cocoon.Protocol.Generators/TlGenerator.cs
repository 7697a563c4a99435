using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cocoon.Protocol.Generators;

/// <summary>
/// Writes the serialiser of every record marked TlConstructor, and the registry of all constructor ids. The id is the CRC-32 of the
/// declaration that the record amounts to, so that a changed field changes the id.
/// </summary>
[Generator]
public sealed class TlGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var messages = context.SyntaxProvider.ForAttributeWithMetadataName(
            MessageReader.Home + ".TlConstructorAttribute", static (node, _) => node is TypeDeclarationSyntax, MessageReader.Read);
        context.RegisterSourceOutput(messages.Collect(), static (output, found) => Write(output, found));
    }

    private static void Write(SourceProductionContext output, ImmutableArray<MessageModel> found)
    {
        foreach (var message in found)
        {
            if (message.Problem is { } problem) output.ReportDiagnostic(problem.ToDiagnostic());
        }
        var good = found.Where(message => message.Problem is null).OrderBy(message => message.Name, StringComparer.Ordinal).ToList();
        foreach (var same in good.GroupBy(message => message.Id).Where(group => group.Count() > 1))
        {
            var names = string.Join(" and ", same.Select(message => message.Name));
            output.ReportDiagnostic(Diagnostic.Create(Rules.SameId, Location.None, $"{names} have the id {same.Key:x8}"));
        }
        good = good.GroupBy(message => message.Id).Select(group => group.First()).ToList();

        var byType = good.GroupBy(message => message.FullName).ToDictionary(group => group.Key, group => group.First());
        foreach (var message in good) output.AddSource($"{message.Namespace}.{message.TypeName}.g.cs", new MessageWriter(message, byType).Write());
        output.AddSource("TlRegistry.g.cs", RegistryWriter.Write(good));
    }
}
