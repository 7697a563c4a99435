using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cocoon.Protocol.Generators;

/// <summary>Turns a record's symbol into a <see cref="MessageModel"/>.</summary>
internal static class MessageReader
{
    public const string Home = "Cocoon.Protocol.Tl";
    private const string Constructor = Home + ".TlConstructorAttribute";
    private const string SumType = Home + ".TlTypeAttribute";
    private const string Flag = Home + ".TlFlagAttribute";
    private const string Name = Home + ".TlNameAttribute";

    public static MessageModel Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var attribute = context.Attributes[0];
        var name = attribute.ConstructorArguments[0].Value as string ?? "";
        var flagsAt = Named(attribute, "FlagsAt") is int at ? at : -1;
        var id = Named(attribute, "Id") is uint value && value != 0 ? value : (uint?)null;
        ProblemModel? problem = null;
        void Fail(DiagnosticDescriptor rule, string what, ISymbol where) => problem ??= ProblemModel.At(rule, what, where.Locations.FirstOrDefault());

        var declaration = context.TargetNode as RecordDeclarationSyntax;
        if (declaration?.ParameterList is null || !type.IsSealed || !type.IsReferenceType || type.ContainingType is not null
            || type.IsGenericType || type.ContainingNamespace.IsGlobalNamespace || !declaration.Modifiers.Any(word => word.ValueText == "partial"))
            Fail(Rules.Shape, type.Name, type);

        var fields = ImmutableArray.CreateBuilder<FieldModel>();
        var primary = type.InstanceConstructors.FirstOrDefault(
            candidate => candidate.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(cancellation) is RecordDeclarationSyntax));
        foreach (var parameter in primary?.Parameters ?? [])
        {
            var field = ReadField(parameter);
            if (field is null) Fail(Rules.FieldType, $"{type.Name}.{parameter.Name} of type {parameter.Type.ToDisplayString()}", parameter);
            else if (FlagProblem(field, parameter, flagsAt) is { } what) Fail(Rules.Flags, $"{type.Name}.{parameter.Name}: {what}", parameter);
            else fields.Add(field);
        }
        if (flagsAt > fields.Count)
            Fail(Rules.Flags, $"{type.Name}: FlagsAt is {flagsAt} and there are {fields.Count} fields", type);

        var function = type.Interfaces.FirstOrDefault(candidate => candidate is { Name: "ITlFunction", TypeArguments.Length: 1 });
        var sums = type.Interfaces.Where(candidate => Text(candidate, SumType) is not null).ToList();
        var result = function is not null ? TypeNameOf(function.TypeArguments[0])
            : Named(attribute, "ResultType") as string ?? (sums.Count > 0 ? Text(sums[0], SumType) : Capitalised(name));
        if (result is null) Fail(Rules.ResultType, function!.TypeArguments[0].ToDisplayString(), type);

        return new MessageModel(
            type.ContainingNamespace.ToDisplayString(), type.Name, name, result ?? "", id, flagsAt, function is not null,
            new EquatableArray<FieldModel>(fields.ToImmutable()),
            new EquatableArray<string>([.. sums.Select(FullName)]), problem);
    }

    private static string? FlagProblem(FieldModel field, IParameterSymbol parameter, int flagsAt)
    {
        var nullable = parameter.Type.NullableAnnotation == NullableAnnotation.Annotated;
        return field.Flag >= 0 == nullable
            ? field.Flag switch
            {
                > 30 => $"flag {field.Flag} does not exist, the highest is 30",
                >= 0 when flagsAt < 0 => "the record has no flags word, set FlagsAt",
                >= 0 when parameter.Ordinal < flagsAt => "the field stands before the flags word",
                _ => null,
            }
            : nullable ? "a nullable field needs TlFlag" : "a field with TlFlag must be nullable";
    }

    private static FieldModel? ReadField(IParameterSymbol parameter)
    {
        var type = parameter.Type;
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable) type = nullable.TypeArguments[0];
        var vector = false;
        if (type is INamedTypeSymbol { Name: "ImmutableArray", TypeArguments.Length: 1 } array)
        {
            vector = true;
            type = array.TypeArguments[0];
        }
        var (kind, schema) = Classify(type);
        if (schema is null) return null;
        var flag = Find(parameter, Flag)?.ConstructorArguments[0].Value as int? ?? -1;
        return new FieldModel(
            parameter.Name, Text(parameter, Name) ?? SnakeCase(parameter.Name), kind, schema, FullName(type), vector, flag,
            vector || type.IsValueType);
    }

    private static (WireKind Kind, string? Schema) Classify(ITypeSymbol type)
    {
        switch (type.SpecialType)
        {
            case SpecialType.System_Int32: return (WireKind.Int, "int");
            case SpecialType.System_Int64: return (WireKind.Long, "long");
            case SpecialType.System_Double: return (WireKind.Double, "double");
            case SpecialType.System_Boolean: return (WireKind.Bool, "Bool");
            case SpecialType.System_String: return (WireKind.String, "string");
        }
        if (type.ToDisplayString() == "System.ReadOnlyMemory<byte>") return (WireKind.Bytes, "bytes");
        if (type is { Name: "Bits256", IsValueType: true }) return (WireKind.Bits256, "int256");
        return Text(type, Constructor) is { } bare ? (WireKind.Bare, bare) : (WireKind.Sum, Text(type, SumType));
    }

    private static string? TypeNameOf(ITypeSymbol type)
    {
        if (Text(type, SumType) is { } sum) return sum;
        if (Find(type, Constructor) is not { } attribute) return null;
        return Named(attribute, "ResultType") as string ?? Capitalised((string)attribute.ConstructorArguments[0].Value!);
    }

    private static AttributeData? Find(ISymbol symbol, string attribute) =>
        symbol.GetAttributes().FirstOrDefault(candidate => candidate.AttributeClass?.ToDisplayString() == attribute);

    private static string? Text(ISymbol symbol, string attribute) => Find(symbol, attribute)?.ConstructorArguments[0].Value as string;

    private static object? Named(AttributeData attribute, string argument) =>
        attribute.NamedArguments.FirstOrDefault(candidate => candidate.Key == argument).Value.Value;

    private static string FullName(ITypeSymbol type) =>
        type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    private static string Capitalised(string name)
    {
        var last = name.LastIndexOf('.') + 1;
        return last == name.Length ? name : name.Substring(0, last) + char.ToUpperInvariant(name[last]) + name.Substring(last + 1);
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsUpper(character) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(character));
        }
        return text.ToString();
    }
}
