using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.SevSnp;

/// <summary>
/// Verifies evidence of AMD SEV-SNP: the chain from AMD's root key to the chip's, the report's signature, that certificate and report
/// speak of the same chip and patch level, what the report is about, and what the guest's host was allowed to do. Safe to use from
/// several connections at once; it fetches nothing.
/// </summary>
/// <param name="endorsements">AMD's root keys and what was fetched from AMD.</param>
/// <param name="requirements">What is wanted of the guest.</param>
public sealed class SnpVerifier(SnpEndorsements endorsements, SnpRequirements requirements)
{
    private const string Kind = "sev_snp";

    /// <summary>Verifies evidence as it comes in a certificate: <see cref="SnpEvidence.Parse"/>.</summary>
    /// <param name="evidence">The evidence; hostile until proven otherwise.</param>
    /// <param name="reportData">What the guest had to put into the report, 64 bytes.</param>
    /// <param name="now">The time at which certificates and lists have to be valid.</param>
    public EvidenceReport Verify(ReadOnlyMemory<byte> evidence, ReadOnlySpan<byte> reportData, DateTimeOffset now)
    {
        try
        {
            return Verify(SnpEvidence.Parse(evidence), reportData, now);
        }
        catch (AttestationException exception)
        {
            var checks = new CheckList();
            checks.RefuseUnreadable(
                "report format", exception, $"an attestation report of version {SnpReport.MinVersion} to {SnpReport.MaxVersion} and its certificates",
                "if the peer's firmware is newer than this verifier, update the verifier");
            return checks.ToReport(Kind);
        }
    }

    /// <inheritdoc cref="Verify(ReadOnlyMemory{byte}, ReadOnlySpan{byte}, DateTimeOffset)"/>
    public EvidenceReport Verify(SnpEvidence evidence, ReadOnlySpan<byte> reportData, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var checks = new CheckList();
        var report = evidence.Report;
        if (VerifyKind(checks, evidence)
            && VerifyChain(checks, evidence, now, out var product) is { } key
            && VerifyKey(checks, report, key, product)
            && VerifySignature(checks, report, key))
        {
            // The report is now AMD's word. The checks below do not rest on each other, so an operator sees all of them at once.
            checks.RequireEqual(
                "report data", report.ReportData.Span, reportData, "the evidence is not about this key; have the peer make a new certificate");
            VerifyPolicy(checks, report);
            VerifyTcb(checks, report, product);
            VerifyGuest(checks, report);
        }
        return checks.ToReport(Kind);
    }

    /// <summary>
    /// Verifies only that the evidence's certificate is of the chip and patch level that its report names, whatever else the report says. Whether that key
    /// signed the report, is another question.
    /// </summary>
    internal EvidenceReport VerifyEndorsementKey(SnpEvidence evidence, DateTimeOffset now)
    {
        var checks = new CheckList();
        if (VerifyChain(checks, evidence, now, out var product) is { } key) VerifyKey(checks, evidence.Report, key, product);
        return checks.ToReport(Kind);
    }

    private bool VerifyKind(CheckList checks, SnpEvidence evidence)
    {
        var report = evidence.Report;
        if (!checks.Require("signature algorithm", report.HasKnownSignature, $"{report.SignatureAlgorithm}", "1 (ECDSA P-384 with SHA-384)")) return false;
        var isAllowed = report.SigningKey == SnpSigningKey.Vcek || report.SigningKey == SnpSigningKey.Vlek && requirements.AllowVlek;
        return checks.Require(
                "signing key", isAllowed, report.SigningKey.ToString(), requirements.AllowVlek ? "Vcek or Vlek" : "Vcek",
                "have the host sign with the chip's key, or allow providers' keys")
            && checks.Require(
                "endorsement key", !evidence.EndorsementKey.IsEmpty, evidence.EndorsementKey.IsEmpty ? "no certificate" : "a certificate",
                $"the certificate of the {report.SigningKey}", "have the host load the chip's certificates, or fetch the key's certificate from AMD's key distribution service");
    }

    private ChainCertificate? VerifyChain(CheckList checks, SnpEvidence evidence, DateTimeOffset now, out SnpProduct product)
    {
        product = default;
        if (CertificateChain.Parse(checks, "endorsement key", [evidence.EndorsementKey]) is not [var key]) return null;
        if (FindProduct(checks, evidence) is not { } found) return null;
        product = found;

        var chain = new List<ChainCertificate> { key };
        ReadOnlyMemory<byte>[] given = [.. evidence.Authorities, .. endorsements.Authorities];
        if (given.Length > 0)
        {
            if (CertificateChain.Parse(checks, "endorsement key", given) is not { } authorities) return null;
            while (authorities.Find(authority => authority.SubjectName.Span.SequenceEqual(chain[^1].IssuerName.Span)) is { } issuer && !chain.Contains(issuer))
                chain.Add(issuer);
        }
        var verifier = new CertificateChain(
            endorsements.Roots[product], endorsements.RevocationLists, requirements.RequireRevocationList ? RevocationDemand.OfAllIssuers : RevocationDemand.None);
        return verifier.Verify(checks, "endorsement key", chain, now) ? key : null;
    }

    private SnpProduct? FindProduct(CheckList checks, SnpEvidence evidence)
    {
        var product = evidence.FindProduct();
        var isKnown = product is { } known && requirements.Products.Contains(known) && endorsements.Roots.ContainsKey(known);
        return checks.Require("product", isKnown, product?.ToString() ?? evidence.ProductName, string.Join(" or ", requirements.Products)) ? product : null;
    }

    private bool VerifyKey(CheckList checks, SnpReport report, ChainCertificate key, SnpProduct product)
    {
        SnpKeyExtensions extensions;
        try
        {
            extensions = SnpKeyExtensions.Read(key, product);
        }
        catch (AttestationException exception)
        {
            return checks.RefuseUnreadable("endorsement key extensions", exception, "AMD's extensions");
        }

        var isVlek = report.SigningKey == SnpSigningKey.Vlek;
        var reported = SnpTcb.Read(report.RawReportedTcb, product);
        return checks.Require(
                "endorsement key product", extensions.ProductName.Split('-')[0] == product.ToString(), extensions.ProductName, product.ToString())
            && checks.Require(
                "endorsement key kind", extensions.NamesProvider == isVlek, extensions.NamesProvider ? "a provider's" : "a chip's", isVlek ? "a provider's" : "a chip's")
            && checks.Require(
                "endorsement key TCB", reported == extensions.Tcb, extensions.Tcb.ToString(), $"the report's {reported?.ToString() ?? "unreadable TCB"}",
                "the platform's firmware was updated after this certificate was fetched; fetch the one for the reported TCB from AMD")
            && VerifyChip(checks, report, extensions, isVlek);
    }

    private bool VerifyChip(CheckList checks, SnpReport report, SnpKeyExtensions extensions, bool isVlek)
    {
        if (report.IsChipMasked)
            return checks.Require("chip id", requirements.AllowMaskedChip, "masked by the host", "the chip's id", "have the host turn MASK_CHIP_ID off");
        if (isVlek) return true;
        var hardwareId = new byte[report.ChipId.Length];
        extensions.HardwareId.CopyTo(hardwareId);
        return checks.Require(
            "chip id", !extensions.HardwareId.IsEmpty && report.ChipId.Span.SequenceEqual(hardwareId),
            Convert.ToHexStringLower(report.ChipId.Span), $"the certificate's {Convert.ToHexStringLower(extensions.HardwareId.Span)}",
            "the certificate is another chip's; fetch this chip's from AMD");
    }

    private static bool VerifySignature(CheckList checks, SnpReport report, ChainCertificate key)
    {
        var isSigned = P384.Verify(key.PublicKeyInfo.Span, report.SignedPart, report.GetSignature());
        return checks.Require("report signature", isSigned, isSigned ? "a good one" : "one that does not fit", $"one by {key.Subject}");
    }

    private void VerifyPolicy(CheckList checks, SnpReport report)
    {
        var policy = report.Policy;
        checks.Require("guest policy", policy.IsKnown, policy.ToString(), "bit 17 and no bits above 25", "update the verifier if the firmware is newer");
        checks.Require(
            "debug policy", !policy.AllowsDebug || requirements.AllowDebug, policy.AllowsDebug ? "debugging allowed" : "no debugging",
            requirements.AllowDebug ? "any" : "no debugging", "launch the guest with a policy whose bit 19 is 0");
        checks.Require(
            "migration policy", !policy.AllowsMigration || requirements.AllowMigration, policy.AllowsMigration ? "migration allowed" : "no migration",
            requirements.AllowMigration ? "any" : "no migration", "launch the guest with a policy whose bit 18 is 0");
        checks.Require(
            "SMT policy", !policy.AllowsSmt || requirements.AllowSmt, policy.AllowsSmt ? "SMT allowed" : "no SMT",
            requirements.AllowSmt ? "any" : "no SMT", "launch the guest with a policy whose bit 16 is 0");
        checks.Require(
            "VMPL", report.Vmpl <= requirements.MaxVmpl, $"{report.Vmpl}", $"at most {requirements.MaxVmpl}",
            "ask for the report from a more privileged level, or allow this one where a paravisor runs above the guest");
    }

    private void VerifyTcb(CheckList checks, SnpReport report, SnpProduct product)
    {
        if (!requirements.MinimumTcb.TryGetValue(product, out var minimum)) return;
        Require("reported TCB", report.RawReportedTcb);
        Require("committed TCB", report.RawCommittedTcb);
        Require("current TCB", report.RawCurrentTcb);
        Require("launch TCB", report.RawLaunchTcb);

        void Require(string name, ReadOnlySpan<byte> raw)
        {
            var tcb = SnpTcb.Read(raw, product);
            checks.Require(
                name, tcb?.IsAtLeast(minimum) == true, tcb?.ToString() ?? Convert.ToHexStringLower(raw), $"at least {minimum}",
                "update the host's firmware, commit it and launch the guest again");
        }
    }

    private void VerifyGuest(CheckList checks, SnpReport report)
    {
        checks.Require("guest version", report.GuestSvn >= requirements.MinGuestSvn, $"{report.GuestSvn}", $"at least {requirements.MinGuestSvn}", "update the guest's image");
        checks.RequireOneOf("measurement", report.Measurement.Span, requirements.Measurements, "run an image that is listed, or have this one listed");
        checks.RequireOneOf("host data", report.HostData.Span, requirements.HostData, "launch the guest with the host data that its network lists");
        checks.RequireOneOf("chip", report.ChipId.Span, requirements.ChipIds, "run on a chip that is listed, or have this one listed");
    }
}
