using System.Text;
using System.Text.Json.Nodes;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Reports;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.Nvidia;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Reports;

public sealed class AttestationReportTests
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("key"u8));
    private static readonly Bits256 Nonce = Bits256.Sha256("nonce"u8);

    [Fact]
    public async Task A_report_reads_back_as_it_was_written_with_all_that_it_takes_to_check_it()
    {
        var written = await MakeAsync();
        var read = AttestationReport.Parse(written.ToJson());
        Encoding.UTF8.GetString(read.ToJson()).ShouldBe(Encoding.UTF8.GetString(written.ToJson()));
        (read.Model, read.Nonce, read.IsNonceOfCaller, read.Time, read.RegistryVersion).ShouldBe(("m", Nonce, true, written.Time, 7u));
        read.Worker.Kind.ShouldBe(EvidenceKind.None);
        var proxy = read.Proxy;
        proxy.Shown.Quote.ToArray().ShouldBe(written.Proxy.Shown.Quote.ToArray());
        proxy.Basis.Checks.ShouldAllBe(check => check.Passed);
        proxy.Basis.Checks.Length.ShouldBeGreaterThan(40);
        // What came along verifies the quote again.
        var collateral = VerifiedCollateral.Verify(proxy.Basis.Collateral.ShouldNotBeNull(), PublicSimulation.Anchor);
        QuoteVerifier.Verify(proxy.Shown.Quote.Span, proxy.BindingTo(Nonce).ReportData.Span, collateral, QuoteRequirements.Default, read.Time)
            .Report.FirstFailure.ShouldBeNull();
    }

    [Theory]
    [InlineData("object", "\"another\"")]
    [InlineData("version", "2")]
    [InlineData("version", "\"1\"")]
    [InlineData("nonce", "\"12\"")]
    [InlineData("time", "\"noon\"")]
    [InlineData("registry_version", "-1")]
    [InlineData("registry_version", "4294967296")]
    [InlineData("proxy", "[]")]
    [InlineData("proxy.role", "\"worker\"")]
    [InlineData("proxy.evidence", "\"TDX\"")]
    [InlineData("proxy.key", "\"zz\"")]
    [InlineData("proxy.quote", "\"?\"")]
    [InlineData("proxy.image_listed", "1")]
    [InlineData("proxy.gpus", "{}")]
    [InlineData("proxy.gpus", "[{\"report\":\"AA==\",\"certificates\":[1]}]")]
    [InlineData("proxy.verdict", "true")]
    [InlineData("proxy.collateral", "{}")]
    [InlineData("model", null)]
    [InlineData("worker", null)]
    public async Task A_report_in_which_something_is_wrong_or_missing_is_refused(string member, string? value)
    {
        var json = JsonNode.Parse((await MakeAsync()).ToJson())!.AsObject();
        var path = member.Split('.');
        var owner = path.Length == 1 ? json : json[path[0]]!.AsObject();
        if (value is null) owner.Remove(path[^1]);
        else owner[path[^1]] = JsonNode.Parse(value);
        Should.Throw<AttestationException>(() => AttestationReport.Parse(Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    [Fact]
    public async Task A_report_with_a_quote_beyond_its_bound_is_refused()
    {
        var json = JsonNode.Parse((await MakeAsync()).ToJson())!.AsObject();
        json["proxy"]!["quote"] = Convert.ToBase64String(new byte[32769]);
        Should.Throw<AttestationException>(() => AttestationReport.Parse(Encoding.UTF8.GetBytes(json.ToJsonString())))
            .Message.ShouldContain("'quote' is not at most 32768 bytes");
        Should.Throw<AttestationException>(() => AttestationReport.Parse(new byte[AttestationReport.MaxSize + 1])).Message.ShouldContain("wanted at most");
    }

    [Fact]
    public async Task Negative_a_GPU_named_twice_binds_nothing()
    {
        var gpu = new GpuForge().Make();
        var part = (await MakeAsync()).Proxy with { Shown = new FreshEvidence(default, [gpu, gpu]) };
        Should.Throw<AttestationException>(() => part.BindingTo(Nonce)).Message.ShouldStartWith("GPU list check: found the GPU");
        (part with { Shown = new FreshEvidence(default, [gpu]) }).BindingTo(Nonce).ReportData.ToArray()
            .ShouldBe(EvidenceBinding.ToNonce(Key, Nonce, [GpuBinding.DeviceOf(gpu)]).ReportData.ToArray());
    }

    private static async Task<AttestationReport> MakeAsync()
    {
        var time = new ManualTimeProvider();
        var binding = EvidenceBinding.ToNonce(Key, Nonce, []);
        var quote = PublicSimulation.Tee.CreateQuote(new SimulatedGuest(), binding.ReportData.Span);
        var verdict = await EvidencePolicies.Create("simulated_tdx", services: new PolicyServices(time)).EvaluateAsync(quote, binding, default);
        verdict.Refusal.ShouldBeNull();
        return new AttestationReport
        {
            Model = "m",
            Nonce = Nonce,
            IsNonceOfCaller = true,
            Time = new DateTimeOffset(time.GetUtcNow().Date, TimeSpan.Zero),
            RegistryVersion = 7,
            Proxy = new ReportedEvidence
            {
                Role = "proxy",
                Key = Key,
                Kind = EvidenceKind.SimulatedTdx,
                Policy = "simulated_tdx",
                ImageHash = verdict.Evidence!.ImageHash,
                IsListed = true,
                Shown = new FreshEvidence(quote, []),
                Basis = verdict.Basis!,
            },
            Worker = new ReportedEvidence { Role = "worker", Key = Key, Kind = EvidenceKind.None, Policy = "any" },
        };
    }
}
