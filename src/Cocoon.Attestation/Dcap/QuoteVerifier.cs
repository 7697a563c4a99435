using System.Security.Cryptography;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Verification;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// Verifies Intel TDX and SGX quotes against collateral at hand (Intel SGX/TDX DCAP quote verification library, verification of a quote).
/// Nothing is fetched and no clock is read.
/// </summary>
/// <remarks>
/// Where Intel's library leaves room, this takes the narrow way: the chain in the quote has exactly three certificates, the revocation
/// list has to come from the very key that issued the PCK certificate, and collateral that is past its next update is refused.
/// </remarks>
public static class QuoteVerifier
{
    internal static ReadOnlySpan<byte> IntelQe => [0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07];

    /// <summary>Verifies a quote that has to vouch for a key: its report data is the SHA-512 of it.</summary>
    /// <param name="quote">The quote; hostile until proven otherwise.</param>
    /// <param name="key">The key.</param>
    /// <param name="collateral">The collateral for its platform.</param>
    /// <param name="requirements">What it has to show besides.</param>
    /// <param name="time">The time at which it has to be valid.</param>
    public static QuoteVerdict Verify(
        ReadOnlySpan<byte> quote, Ed25519PublicKey key, VerifiedCollateral collateral, QuoteRequirements requirements, DateTimeOffset time) =>
        Verify(quote, TeeMeasurements.ReportDataOf(key), collateral, requirements, time);

    /// <summary>Verifies a quote that has to bear certain report data.</summary>
    /// <param name="quote">The quote; hostile until proven otherwise.</param>
    /// <param name="reportData">The report data, 64 bytes.</param>
    /// <param name="collateral">The collateral for its platform.</param>
    /// <param name="requirements">What it has to show besides.</param>
    /// <param name="time">The time at which it has to be valid.</param>
    /// <exception cref="ArgumentException">The report data has another size.</exception>
    public static QuoteVerdict Verify(
        ReadOnlySpan<byte> quote, ReadOnlySpan<byte> reportData, VerifiedCollateral collateral, QuoteRequirements requirements, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(requirements);
        if (reportData.Length != TeeMeasurements.ReportDataSize)
            throw new ArgumentException($"Report data has {TeeMeasurements.ReportDataSize} bytes, found {reportData.Length}.", nameof(reportData));

        var checks = new CheckList();
        var evidence = Quote.TryParse(quote, out var parsed, out var failure)
            ? Verify(parsed, reportData, collateral, requirements, time, checks)
            : null;
        if (failure is not null) checks.Add(failure);
        var kind = failure is null && parsed.Kind == TeeMeasurementKind.Sgx ? "sgx" : "tdx";
        return new QuoteVerdict(checks.ToReport(kind), checks.AllPassed ? evidence : null);
    }

    private static QuoteEvidence? Verify(
        in Quote quote,
        ReadOnlySpan<byte> reportData,
        VerifiedCollateral collateral,
        QuoteRequirements requirements,
        DateTimeOffset time,
        CheckList checks)
    {
        checks.Require(QuoteReader.CheckName, true, $"version {quote.Version}, {quote.BodyKind}", "a well-formed quote");
        if (!checks.Require("kind", quote.Kind == requirements.Kind, $"a quote of {quote.Kind}", $"one of {requirements.Kind}")) return null;
        if (!checks.Require("collateral kind", quote.Kind == collateral.Kind, $"collateral for {collateral.Kind}", $"for {quote.Kind}")) return null;
        checks.AddRange(collateral.Checks);

        PckChain chain;
        try
        {
            chain = PckChain.Read(quote.CertificateChain, collateral);
        }
        catch (AttestationException exception)
        {
            checks.Add(PckChain.FormatFailure(exception));
            return null;
        }
        if (!VerifyChain(chain, collateral, checks)) return null;
        if (!VerifyQuotingEnclave(quote, chain, collateral, checks)) return null;
        if (!checks.RequireThat(
            "quote signature",
            P256.VerifyRaw(quote.AttestationKey, quote.Signed, quote.Signature),
            "a signature that does not fit",
            "one by the attestation key"))
        {
            return null;
        }

        // From here on the quote is genuine, so that all that is wrong with it can be told at once.
        var authority = Validity.Of("PCK certificate's authority", chain.Authority);
        var pck = Validity.Of("PCK certificate", chain.Pck);
        foreach (var validity in collateral.Validities) checks.Add(validity.CheckAt(time));
        checks.Add(authority.CheckAt(time));
        checks.Add(pck.CheckAt(time));
        checks.Require(
            "report data",
            CryptographicOperations.FixedTimeEquals(quote.ReportData, reportData),
            Convert.ToHexStringLower(quote.ReportData),
            $"{Convert.ToHexStringLower(reportData)}, made of the key that the quote has to vouch for");
        CheckDebug(quote, checks);
        var tcb = EvaluateTcb(quote, chain, collateral, checks);
        RequirementChecks.Run(quote, collateral, tcb, requirements, time, checks);
        if (tcb is null || !checks.AllPassed) return null;

        List<DateTimeOffset> ends = [collateral.ValidUntil, authority.Until, pck.Until];
        if (requirements.MaxCollateralAge is { } age) ends.Add(collateral.IssuedAt + age);
        var evidence = new QuoteEvidence
        {
            Measurements = quote.Measurements,
            ReportData = quote.ReportData.ToArray(),
            TcbStatus = tcb.Status,
            TcbDate = tcb.Date,
            Advisories = tcb.Advisories,
            Fmspc = Convert.ToHexStringLower(chain.Platform.Fmspc),
            PlatformId = Convert.ToHexStringLower(chain.Platform.Ppid),
            RootKeyId = collateral.RootKeyId,
            ValidUntil = ends.Min(),
        };
        if (quote.Kind == TeeMeasurementKind.Sgx) return evidence;
        var report = new TdReport(quote.Body);
        return evidence with { Attributes = report.Attributes, Xfam = report.Xfam, MrSeam = new Bits384(report.MrSeam) };
    }

    private static bool VerifyChain(PckChain chain, VerifiedCollateral collateral, CheckList checks)
    {
        var (pck, platform, authority, root) = chain;
        return checks.RequireThat(
                "PCK chain root",
                root.PublicKeyInfo.Span.SequenceEqual(collateral.Anchor.PublicKeyInfo.Span),
                "another root",
                collateral.Anchor.Name,
                "the hardware's vendor did not certify it")
            && checks.RequireThat(
                "PCK chain root certificate",
                ReferenceEquals(root, collateral.Root) || VerifiedCollateral.IsRoot(root),
                "a certificate its key did not sign as a root",
                "a root")
            && checks.RequireThat(
                "PCK chain authority",
                ReferenceEquals(authority, collateral.PckAuthority) || VerifiedCollateral.IsAuthority(authority, root),
                $"'{authority.Subject}', not issued by the root as an authority",
                "a PCK authority of the root")
            && checks.RequireThat("PCK chain authority revocation", !collateral.RootCrl.Revokes(authority), "a revoked certificate", "one that is not")
            && checks.RequireThat(
                "PCK certificate",
                VerifiedCollateral.IsSigner(pck, authority, "SGX PCK Certificate"),
                $"'{pck.Subject}', not issued by '{authority.Subject}' for signing",
                "a PCK certificate of its authority")
            && checks.Require(
                "PCK revocation list",
                authority.PublicKeyInfo.Span.SequenceEqual(collateral.PckAuthority.PublicKeyInfo.Span)
                    && pck.IssuerName.Span.SequenceEqual(collateral.PckCrl.IssuerName.Span),
                $"a list of '{collateral.PckAuthority.Subject}'",
                $"one of '{authority.Subject}', which issued the PCK certificate",
                "use the collateral for this platform")
            && checks.RequireThat(
                "PCK revocation",
                !collateral.PckCrl.Revokes(pck),
                $"the revoked certificate {Convert.ToHexStringLower(pck.SerialNumber.Span)}",
                "one that is not",
                "the platform is compromised")
            && checks.Require(
                "FMSPC",
                platform.Fmspc.AsSpan().SequenceEqual(collateral.TcbInfo.Fmspc),
                $"TCB info for {collateral.Fmspc}",
                $"for {Convert.ToHexStringLower(platform.Fmspc)}",
                "use the collateral for this platform")
            && checks.Require(
                "PCE id",
                platform.PceId.AsSpan().SequenceEqual(collateral.TcbInfo.PceId),
                $"TCB info for {Convert.ToHexStringLower(collateral.TcbInfo.PceId)}",
                $"for {Convert.ToHexStringLower(platform.PceId)}",
                "use the collateral for this platform");
    }

    private static bool VerifyQuotingEnclave(in Quote quote, PckChain chain, VerifiedCollateral collateral, CheckList checks)
    {
        if (!checks.Require("QE vendor", quote.QeVendor.SequenceEqual(IntelQe), Convert.ToHexStringLower(quote.QeVendor), "Intel's")) return false;
        if (!checks.RequireThat(
            "QE report signature",
            P256.TryReadPoint(chain.Pck.PublicKeyInfo.Span, out var pck) && P256.VerifyRaw(pck[1..], quote.QeReport, quote.QeReportSignature),
            "a signature that does not fit",
            "one by the PCK"))
        {
            return false;
        }

        var report = new EnclaveReport(quote.QeReport);
        if (!checks.RequireThat(
            "attestation key",
            IsBound(quote, report),
            "a key that the quoting enclave did not report",
            "the one whose hash is in its report"))
        {
            return false;
        }
        var mismatch = collateral.QeIdentity.FindMismatch(report);
        return checks.RequireThat("QE identity", mismatch is null, mismatch?.Found ?? "Intel's quoting enclave", mismatch?.Wanted ?? "Intel's quoting enclave");
    }

    /// <summary>The quoting enclave reports SHA-256 of the attestation key and its authentication data, and 32 zeros.</summary>
    private static bool IsBound(in Quote quote, EnclaveReport report)
    {
        Span<byte> wanted = stackalloc byte[TeeMeasurements.ReportDataSize];
        wanted.Clear();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(quote.AttestationKey);
        hash.AppendData(quote.QeAuthenticationData);
        hash.GetHashAndReset(wanted);
        return report.ReportData.SequenceEqual(wanted);
    }

    private static void CheckDebug(in Quote quote, CheckList checks)
    {
        const string Advice = "the host can read its memory; start it without debugging";
        if (quote.Kind == TeeMeasurementKind.Sgx)
        {
            checks.RequireThat("debug", !new EnclaveReport(quote.Body).IsDebug, "the DEBUG attribute", "no DEBUG attribute", Advice);
            return;
        }
        var attributes = new TdReport(quote.Body).Attributes;
        checks.Require("debug", (attributes & TdAttributes.UnderDebug) == 0, $"attributes {(ulong)attributes:x16}", "the lowest byte zero", Advice);
    }

    private static TcbEvaluation? EvaluateTcb(in Quote quote, PckChain chain, VerifiedCollateral collateral, CheckList checks)
    {
        var info = collateral.TcbInfo;
        if (quote.Kind == TeeMeasurementKind.Tdx && !CheckModule(new TdReport(quote.Body), info, checks)) return null;

        var qeVersion = new EnclaveReport(quote.QeReport).IsvSvn;
        var qe = ComponentLevel.Find(collateral.QeIdentity.Levels, qeVersion);
        if (!checks.Require("QE version", qe is not null, $"version {qeVersion}", "one that Intel lists", "update the platform")) return null;
        var tcb = quote.Kind == TeeMeasurementKind.Sgx
            ? TcbEvaluation.OfEnclave(info, chain.Platform, qe!)
            : TcbEvaluation.OfGuest(info, chain.Platform, qe!, new TdReport(quote.Body));
        checks.Require(
            "TCB level",
            tcb is not null,
            $"SGX components {Convert.ToHexStringLower(chain.Platform.Components)}, PCE version {chain.Platform.PceSvn}",
            "a level that Intel lists",
            "update the platform");
        return tcb;
    }

    private static bool CheckModule(TdReport report, TcbInfo info, CheckList checks)
    {
        var major = report.TeeTcbSvn[1];
        var module = info.FindModule(major);
        if (!checks.Require("TDX module version", module is not null, $"major version {major}", "one that Intel lists") || module is null) return false;
        return checks.Require(
                "TDX module signer",
                report.MrSignerSeam.SequenceEqual(module.MrSigner),
                Convert.ToHexStringLower(report.MrSignerSeam),
                Convert.ToHexStringLower(module.MrSigner))
            // No bit of them has a meaning yet, so none may be set, whatever the mask leaves out.
            && checks.Require(
                "TDX module attributes",
                Masked.Matches(report.SeamAttributes, module.AttributesMask, module.Attributes) && !report.SeamAttributes.ContainsAnyExcept((byte)0),
                Convert.ToHexStringLower(report.SeamAttributes),
                Convert.ToHexStringLower(module.Attributes));
    }
}
