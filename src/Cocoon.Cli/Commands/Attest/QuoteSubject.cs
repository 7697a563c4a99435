using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Verification;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>An Intel TDX or SGX quote.</summary>
internal sealed class QuoteSubject(byte[] bytes) : AttestSubject
{
    public const string Simulated = "The root of simulated platforms was trusted: everyone can make its signatures, so this proves nothing about any hardware.";

    private const string Enclave = "No role of the network runs in an enclave, and no policy accepts one as a peer: the policy's rules of platforms (tdx) were applied to this one.";

    public override string Kind => Quote.TryParse(bytes, out var quote, out _) && quote.Kind == TeeMeasurementKind.Sgx ? "sgx" : "tdx";

    public override ImmutableArray<string> Takes => ["--collateral", "--report-data", "--key", "--accept-status", "--event-log", "--simulated"];

    public override IEnumerable<EvidenceFact> Describe() => QuoteFacts.Of(bytes);

    internal override AttestVerdict Check(AttestDemands demands)
    {
        if (!Quote.TryParse(bytes, out var quote, out var failure)) return new AttestVerdict(Kind, [failure], []);
        var simulated = demands.Simulated || demands.Policy?.Kinds.Contains(EvidenceKind.SimulatedTdx) == true && DcapPlatform.TryRead(bytes, PublicSimulation.Anchor, out _, out _);
        var given = demands.Collateral ?? (simulated ? PublicSimulation.CollateralAt(demands.Time) : throw NoCollateral());
        if (!TryVerify(given, simulated ? PublicSimulation.Anchor : IntelRoots.Sgx, out var collateral, out failure))
            return new AttestVerdict(Kind, [failure], []);

        var requirements = (demands.Policy?.Tdx ?? QuoteRequirements.Default) with { Kind = quote.Kind };
        if (demands.AcceptedStatuses is { } accepted) requirements = requirements with { AcceptedStatuses = accepted };
        var wasCompared = demands.ReportData is not null;
        var verdict = QuoteVerifier.Verify(bytes, demands.ReportData ?? quote.ReportData, collateral, requirements, demands.Time);
        var isEnclave = quote.Kind == TeeMeasurementKind.Sgx;
        ImmutableArray<string> notes = simulated ? [Simulated] : [];
        if (isEnclave && demands.Policy is not null) notes = notes.Add(Enclave);
        return new AttestVerdict(
            Kind,
            [.. isEnclave ? CheckEnclave(demands, quote) : CheckPolicy(demands, simulated ? EvidenceKind.SimulatedTdx : EvidenceKind.Tdx, quote.Measurements.ImageHash), .. ChecksOf(verdict.Report, "report data", wasCompared), .. CheckLog(demands, quote)],
            [.. notes, .. NotCompared("report data", wasCompared, "--report-data or --key")]);
    }

    private static ImmutableArray<EvidenceCheck> CheckEnclave(AttestDemands demands, in Quote quote) => demands.Policy switch
    {
        null => [],
        var policy when policy.Kinds.Contains(EvidenceKind.Tdx) => CheckImage(policy, quote.Measurements.ImageHash),
        var policy => throw new FormatException($"--policy: '{policy.Name}' has no rules for Intel's platforms, which an enclave is held to: it does not accept tdx."),
    };

    private static bool TryVerify(DcapCollateral collateral, TrustAnchor anchor, out VerifiedCollateral verified, out EvidenceCheck failure)
    {
        (verified, failure) = (null!, null!);
        try
        {
            verified = VerifiedCollateral.Verify(collateral, anchor);
            return true;
        }
        catch (AttestationException exception)
        {
            failure = new EvidenceCheck(
                "collateral", false, exception.Message.TrimEnd('.'), $"documents that {anchor.Name} vouches for", "fetch the collateral of the quote's platform again");
            return false;
        }
    }

    private static ImmutableArray<EvidenceCheck> CheckLog(AttestDemands demands, in Quote quote) => demands.EventLog switch
    {
        null => [],
        _ when quote.Kind == TeeMeasurementKind.Sgx => throw new FormatException("--event-log: an SGX enclave has no boot log; give it with a TDX quote."),
        var log => log.Verify(quote.Measurements).Checks,
    };

    private FormatException NoCollateral() => new(
        "A quote is verified against what Intel publishes about its platform; give it with --collateral FILE. "
        + (DcapPlatform.TryRead(bytes, out var platform, out _)
            ? $"This quote needs that of {platform.Kind}, FMSPC {platform.Fmspc}, {platform.Authority} authority."
            : "This quote does not say which it needs."));
}
