using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Tests.Verification;

public sealed class EvidenceReportTests
{
    private static readonly EvidenceCheck Good = new("signature", true, "a good one", "a good one");
    private static readonly EvidenceCheck Bad = new("version", false, "3", "4 or 5", "update the peer");

    [Fact]
    public void Evidence_is_valid_when_every_check_passed()
    {
        var report = new EvidenceReport("tdx", [Good, Good]);
        report.IsValid.ShouldBeTrue();
        report.FirstFailure.ShouldBeNull();
    }

    [Fact]
    public void One_failure_is_enough_and_is_told_as_a_sentence()
    {
        var report = new EvidenceReport("tdx", [Good, Bad, Bad with { Name = "later" }]);
        report.IsValid.ShouldBeFalse();
        report.FirstFailure.ShouldBe("version check: found 3, wanted 4 or 5; update the peer.");
    }

    [Fact]
    public void A_report_without_checks_proves_nothing()
    {
        foreach (var report in new[] { new EvidenceReport("tdx", []), new EvidenceReport("tdx", default) })
        {
            report.IsValid.ShouldBeFalse();
            report.FirstFailure.ShouldBe("No check was made.");
        }
    }
}
