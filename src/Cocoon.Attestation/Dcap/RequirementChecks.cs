using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>Compares a genuine quote with what its verifier requires.</summary>
internal static class RequirementChecks
{
    public static void Run(in Quote quote, VerifiedCollateral collateral, TcbEvaluation? tcb, QuoteRequirements requirements, DateTimeOffset time, CheckList checks)
    {
        checks.Require(
            "TCB evaluation number",
            collateral.EvaluationNumber >= requirements.MinEvaluationNumber,
            $"{collateral.EvaluationNumber}",
            $"at least {requirements.MinEvaluationNumber}",
            "fetch newer collateral");
        if (requirements.MaxCollateralAge is { } age)
        {
            checks.Require(
                "collateral age", time - collateral.IssuedAt <= age, $"{(time - collateral.IssuedAt).TotalDays:0.0} days", $"at most {age.TotalDays:0.###} days",
                "fetch the collateral again");
        }
        if (tcb is not null) CheckTcb(tcb, requirements, checks);
        if (quote.Kind == TeeMeasurementKind.Tdx) CheckGuest(new TdReport(quote.Body), requirements, checks);
    }

    private static void CheckTcb(TcbEvaluation tcb, QuoteRequirements requirements, CheckList checks)
    {
        var accepted = requirements.AcceptedStatuses.Where(status => status != TcbStatus.Revoked).ToArray();
        checks.Require(
            "TCB status",
            accepted.Contains(tcb.Status),
            TcbStatuses.Name(tcb.Status) + (tcb.Advisories.IsEmpty ? "" : $" ({string.Join(", ", tcb.Advisories)})"),
            $"one of {string.Join(", ", accepted.Select(TcbStatuses.Name))}",
            "update firmware, microcode and TDX module of the platform");
        if (requirements.AcceptedAdvisories is not { } known) return;
        var others = tcb.Advisories.Except(known).ToArray();
        checks.Require("advisories", others.Length == 0, others.Length == 0 ? "none but accepted ones" : string.Join(", ", others), "none but accepted ones");
    }

    private static void CheckGuest(TdReport report, QuoteRequirements requirements, CheckList checks)
    {
        var attributes = (ulong)report.Attributes;
        CheckBits("TD attributes", attributes, (ulong)requirements.RequiredAttributes, (ulong)requirements.AllowedAttributes, checks);
        CheckBits("XFAM", report.Xfam, requirements.RequiredXfam, requirements.AllowedXfam, checks);
        if (requirements.AcceptedMrSeam is { } modules)
        {
            var module = new Bits384(report.MrSeam);
            checks.Require("MRSEAM", modules.Contains(module), $"{module}", $"one of {string.Join(", ", modules)}");
        }
        if (requirements.Measurements.IsDefaultOrEmpty) return;
        var wanted = string.Join(" or ", requirements.Measurements);
        var difference = requirements.FindDifference(TeeMeasurements.Tdx(report.Measurements));
        checks.RequireThat("measurements", difference is null, difference ?? "", wanted, "run an image that is listed, or have this one listed");
    }

    private static void CheckBits(string name, ulong found, ulong required, ulong allowed, CheckList checks) =>
        checks.Require(
            name,
            (found & required) == required && (found & ~(allowed | required)) == 0,
            $"{found:x16}",
            $"all of {required:x16} and at most {allowed | required:x16}");
}
