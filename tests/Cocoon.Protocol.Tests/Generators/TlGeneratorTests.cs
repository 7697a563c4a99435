using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Protocol.Generators;
using Cocoon.Protocol.Tl;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cocoon.Protocol.Tests.Generators;

public sealed class TlGeneratorTests
{
    [Theory]
    [InlineData("COTL001", "[TlConstructor(\"a.b\")] public partial record R(int X);")]
    [InlineData("COTL001", "[TlConstructor(\"a.b\")] public sealed record R(int X);")]
    [InlineData("COTL001", "[TlConstructor(\"a.b\")] public sealed partial record R;")]
    [InlineData("COTL001", "[TlConstructor(\"a.b\")] public sealed partial class R(int x);")]
    [InlineData("COTL001", "public static class Outer { [TlConstructor(\"a.b\")] public sealed partial record R(int X); }")]
    [InlineData("COTL002", "[TlConstructor(\"a.b\")] public sealed partial record R(short X);")]
    [InlineData("COTL002", "[TlConstructor(\"a.b\")] public sealed partial record R(object X);")]
    [InlineData("COTL002", "[TlConstructor(\"a.b\")] public sealed partial record R(ImmutableArray<ImmutableArray<int>> X);")]
    [InlineData("COTL003", "[TlConstructor(\"a.b\")] public sealed partial record R(int? X);")]
    [InlineData("COTL003", "[TlConstructor(\"a.b\", FlagsAt = 0)] public sealed partial record R([TlFlag(0)] int X);")]
    [InlineData("COTL003", "[TlConstructor(\"a.b\")] public sealed partial record R([TlFlag(0)] int? X);")]
    [InlineData("COTL003", "[TlConstructor(\"a.b\", FlagsAt = 1)] public sealed partial record R([TlFlag(0)] int? X);")]
    [InlineData("COTL003", "[TlConstructor(\"a.b\", FlagsAt = 0)] public sealed partial record R([TlFlag(31)] int? X);")]
    [InlineData("COTL003", "[TlConstructor(\"a.b\", FlagsAt = 2)] public sealed partial record R(int X);")]
    [InlineData("COTL004", "[TlConstructor(\"a.b\", Id = 7)] public sealed partial record R(int X); [TlConstructor(\"a.c\", Id = 7)] public sealed partial record S(int X);")]
    [InlineData("COTL005", "[TlConstructor(\"a.b\")] public sealed partial record R(int X) : ITlFunction<ITlObject>;")]
    public void A_declaration_without_a_wire_form_is_an_error_where_it_stands(string rule, string source) =>
        Run(source).Diagnostics.Select(diagnostic => diagnostic.Id).ShouldBe([rule]);

    [Fact]
    public void A_renamed_field_and_a_vector_of_bytes_get_their_declaration()
    {
        var result = Run("[TlConstructor(\"a.b\", FlagsAt = 1)] public sealed partial record R([TlName(\"odd\")] int X, [TlFlag(3)] ImmutableArray<ReadOnlyMemory<byte>>? SomeBytes);");
        result.Diagnostics.ShouldBeEmpty();
        result.GeneratedTrees.Single(tree => tree.FilePath.EndsWith("TlRegistry.g.cs", StringComparison.Ordinal)).ToString()
            .ShouldContain("a.b odd:int flags:# some_bytes:flags.3?vector bytes = a.B");
    }

    [Fact]
    public void An_edit_elsewhere_generates_nothing_anew()
    {
        const string source = "[TlConstructor(\"a.b\")] public sealed partial record R(int X, ImmutableArray<int> Y);";
        var compilation = Compile(source);
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new TlGenerator().AsSourceGenerator()], driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, true));
        driver = driver.RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Elsewhere;")));
        driver.GetRunResult().Results.Single().TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs)
            .ShouldAllBe(output => output.Reason == IncrementalStepRunReason.Cached);
    }

    private static GeneratorDriverRunResult Run(string source) =>
        CSharpGeneratorDriver.Create(new TlGenerator()).RunGenerators(Compile(source)).GetRunResult();

    private static CSharpCompilation Compile(string source)
    {
        const string usings = "using System; using System.Collections.Immutable; using Cocoon.Protocol.Tl; namespace Sample; ";
        var trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal));
        return CSharpCompilation.Create(
            "Sample", [CSharpSyntaxTree.ParseText(usings + source)],
            [.. trusted.Append(typeof(TlConstructorAttribute).Assembly.Location).Append(typeof(Bits256).Assembly.Location)
                .Distinct().Select(path => MetadataReference.CreateFromFile(path))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }
}
