using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Tests;

public sealed class ReferenceValuesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-reference-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void One_changed_byte_of_a_measured_file_is_told_by_its_register_and_no_other()
    {
        var (program, model) = (Write("program", "program"), Write("model", "model"));
        var references = Reread(new ReferenceValues(
            ("proxy", SimulatedImage.Measure([program])), ("worker", SimulatedImage.Measure([program, model]))));
        Write("model", "modek");
        var told = references.Explain(SimulatedImage.Measure([program, model]));
        told.ShouldStartWith("; the nearest reference is 'worker': rtmr2 found ");
        told.ShouldContain(", wanted ");
        told.ShouldNotContain("rtmr1");
    }

    [Fact]
    public void An_image_that_is_known_and_not_listed_is_told_as_such() =>
        new ReferenceValues(("old", TeeMeasurements.ZeroTdx)).Explain(TeeMeasurements.ZeroTdx).ShouldBe("; it is the reference 'old', which is not listed");

    [Fact]
    public void Nothing_is_told_where_nothing_is_known_or_nothing_was_measured()
    {
        ReferenceValues.None.Explain(TeeMeasurements.ZeroTdx).ShouldBe("");
        new ReferenceValues(("old", TeeMeasurements.ZeroTdx)).Explain(null).ShouldBe("");
        new ReferenceValues(("old", TeeMeasurements.ZeroTdx)).Explain(TeeMeasurements.Sgx(new byte[32])).ShouldBe("");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[{\"name\":\"a\"}]")]
    [InlineData("[{\"name\":\"a\",\"rtmr4\":\"00\"}]")]
    [InlineData("[")]
    public void A_file_that_is_something_else_is_refused_with_its_name(string text) =>
        Should.Throw<AttestationException>(() => ReferenceValues.Read(Write("values.json", text))).Message.ShouldContain("values.json' cannot be used: ");

    private ReferenceValues Reread(ReferenceValues values)
    {
        var file = Path.Combine(_folder.FullName, "values.json");
        File.WriteAllBytes(file, values.ToJson());
        return ReferenceValues.Read(file);
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }
}
