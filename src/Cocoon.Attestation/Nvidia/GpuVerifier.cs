using System.Formats.Asn1;
using System.Globalization;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Verifies an NVIDIA GPU's evidence: the chain from NVIDIA's root to the device's key, the report's signature and nonce, and its
/// measurements against the manifests of the driver and firmware that it names. Safe to use from several connections at once; it
/// fetches nothing.
/// </summary>
/// <remarks>A valid report says that a genuine GPU answered this nonce. Whose GPU it is, <see cref="GpuBinding"/> says.</remarks>
/// <param name="requirements">What is trusted and wanted.</param>
public sealed class GpuVerifier(GpuRequirements requirements)
{
    private const string Kind = "nvidia";

    // TCG DICE: the hash of the firmware that a key was made for.
    private const string FirmwareIdExtension = "2.23.133.5.4.1";

    // The measurement of the video decoder's firmware, which is nothing while the decoder is off.
    private const int VideoDecoderIndex = 35;

    /// <summary>Verifies the evidence of one GPU.</summary>
    /// <param name="evidence">The evidence; hostile until proven otherwise.</param>
    /// <param name="nonce">What the GPU was asked with, 32 bytes: <see cref="GpuBinding.ToConnection"/> or <see cref="GpuBinding.ToNonce"/>.</param>
    /// <param name="driver">The manifest of the driver that the report names; null where there is none.</param>
    /// <param name="vbios">The manifest of the firmware that the report names; null where there is none.</param>
    /// <param name="now">The time at which certificates and lists have to be valid.</param>
    public EvidenceReport Verify(GpuEvidence evidence, ReadOnlySpan<byte> nonce, RimFile? driver, RimFile? vbios, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var checks = new CheckList();
        if (VerifyReport(checks, evidence, nonce, now) is { } report
            && VerifyManifest(checks, "driver", driver, report.DriverVersion, now)
            && VerifyManifest(checks, "VBIOS", vbios, report.VbiosVersion, now))
        {
            VerifyMeasurements(checks, report, [driver, vbios]);
        }
        return checks.ToReport(Kind);
    }

    /// <summary>Verifies only that a device of NVIDIA's signed the report, whatever it was asked with and measures to.</summary>
    internal EvidenceReport VerifyDevice(GpuEvidence evidence, DateTimeOffset now)
    {
        var checks = new CheckList();
        var nonce = evidence.Report.Length >= GpuReport.RequestSize ? evidence.Report.Slice(GpuReport.NonceOffset, GpuReport.NonceSize) : default;
        VerifyReport(checks, evidence, nonce.Span, now);
        return checks.ToReport(Kind);
    }

    /// <summary>Verifies only that NVIDIA signed a manifest, and for this version.</summary>
    internal EvidenceReport VerifyManifest(string what, RimFile manifest, string version, DateTimeOffset now)
    {
        var checks = new CheckList();
        VerifyManifest(checks, what, manifest, version, now);
        return checks.ToReport(Kind);
    }

    private GpuReport? VerifyReport(CheckList checks, GpuEvidence evidence, ReadOnlySpan<byte> nonce, DateTimeOffset now)
    {
        GpuReport report;
        try
        {
            report = GpuReport.Parse(evidence.Report);
        }
        catch (AttestationException exception)
        {
            checks.RefuseUnreadable("report format", exception, "an SPDM 1.1 GET_MEASUREMENTS and its answer");
            return null;
        }

        var isGood = checks.RequireEqual("nonce", report.Nonce.Span, nonce, "the report is an old one or another's; have the GPU make one for this nonce")
            && CertificateChain.Parse(checks, "device", evidence.Certificates) is { } chain
            && VerifySignature(checks, report, chain[0])
            && Chain(requirements.DeviceRoot).Verify(checks, "device", chain, now)
            && VerifyFirmwareId(checks, report, chain[0])
            && VerifyVersions(checks, report);
        return isGood ? report : null;
    }

    private CertificateChain Chain(TrustAnchor root) => new(
        root, requirements.RevocationLists, requirements.RequireRevocationLists ? RevocationDemand.OfIssuersThatPublish : RevocationDemand.None);

    // Newer reports repeat the hash that the device's certificate was made for; older ones do not, and nothing can be compared.
    private static bool VerifyFirmwareId(CheckList checks, GpuReport report, ChainCertificate device) =>
        report.FirmwareId.IsEmpty || checks.RequireEqual("firmware id", report.FirmwareId.Span, FindFirmwareId(device) ?? [], "reset the GPU, so that its key is made anew for the firmware it runs");

    private static byte[]? FindFirmwareId(ChainCertificate device)
    {
        if (device.FindExtension(FirmwareIdExtension) is not { } extension) return null;
        try
        {
            var reader = new AsnReader(extension, AsnEncodingRules.DER);
            var composite = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            composite.ReadInteger();
            composite.ReadSequence();
            var firmware = composite.ReadSequence();
            composite.ThrowIfNotEmpty();
            firmware.ReadObjectIdentifier();
            return firmware.ReadOctetString();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool VerifySignature(CheckList checks, GpuReport report, ChainCertificate device)
    {
        var isSigned = P384.Verify(device.PublicKeyInfo.Span, report.SignedPart, report.Signature.Span);
        return checks.Require("report signature", isSigned, isSigned ? "a good one" : "one that does not fit", $"one by {device.Subject}");
    }

    private bool VerifyVersions(CheckList checks, GpuReport report)
    {
        return VerifyOne("driver version", report.DriverVersion, requirements.DriverVersions, "install a driver that is listed")
            & VerifyOne("VBIOS version", report.VbiosVersion, requirements.VbiosVersions, "install a firmware that is listed");

        bool VerifyOne(string name, string found, System.Collections.Immutable.ImmutableArray<string> wanted, string advice) =>
            wanted.IsDefaultOrEmpty
            || checks.Require(name, wanted.Contains(found, StringComparer.OrdinalIgnoreCase), found, "one of " + string.Join(", ", wanted), advice);
    }

    private bool VerifyManifest(CheckList checks, string what, RimFile? manifest, string version, DateTimeOffset now)
    {
        if (manifest is null)
        {
            return checks.Require(
                $"{what} manifest", requirements.AllowUnknownFirmware, $"none for {version}, so nothing says what it should measure to",
                requirements.AllowUnknownFirmware ? "any or none" : "the manifest of that version", "fetch it from NVIDIA");
        }
        RimSignature signature;
        try
        {
            signature = new RimSignature(manifest);
        }
        catch (AttestationException exception)
        {
            return checks.RefuseUnreadable($"{what} manifest", exception, "a manifest that NVIDIA signed");
        }

        if (CertificateChain.Parse(checks, $"{what} manifest", signature.Certificates) is not { } chain
            || !Chain(requirements.ManifestRoot).Verify(checks, $"{what} manifest", chain, now))
        {
            return false;
        }
        var isSigned = signature.IsBy(chain[0].PublicKeyInfo.Span);
        return checks.Require($"{what} manifest signature", isSigned, isSigned ? "a good one" : "one that does not fit", $"one by {chain[0].Subject}")
            && checks.Require(
                $"{what} manifest version", version.Length > 0 && string.Equals(manifest.Version, version, StringComparison.OrdinalIgnoreCase),
                manifest.Version, $"{(version.Length > 0 ? version : "a version")}, which the GPU's report names", "fetch the manifest of that version from NVIDIA");
    }

    // NVIDIA's rule: each index that one of the manifests speaks for has one of its values, and no index belongs to both.
    private static void VerifyMeasurements(CheckList checks, GpuReport report, RimFile?[] manifests)
    {
        if (manifests.All(manifest => manifest is null)) return;
        var wanted = manifests.SelectMany(manifest => manifest?.Measurements ?? []).Where(measurement => measurement.IsActive).ToArray();
        var shared = wanted.GroupBy(measurement => measurement.Index).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        if (!checks.Require(
                "manifest indexes", shared.Length == 0, shared.Length == 0 ? "each in one manifest" : $"both manifests at {List(shared)}", "each in one manifest",
                "give the driver's and the firmware's manifest, one each"))
        {
            return;
        }

        var compared = wanted.Where(measurement => measurement.Index != VideoDecoderIndex || !report.IsVideoDecoderOff).ToArray();
        var different = compared.Where(measurement => !Matches(report, measurement)).Select(measurement => measurement.Index).ToArray();
        checks.Require(
            "measurements", compared.Length > 0 && different.Length == 0, different.Length == 0 ? $"{compared.Length} as wanted" : $"others at {List(different)}",
            "those of the manifests", "the GPU does not run the driver and firmware it names, or not in confidential mode; reinstall them and reset the GPU");

        static string List(int[] indexes) => string.Join(", ", indexes.Order().Select(index => index.ToString(CultureInfo.InvariantCulture)));
    }

    private static bool Matches(GpuReport report, RimMeasurement wanted)
    {
        if (!report.Measurements.TryGetValue(wanted.Index, out var found)) return false;
        foreach (var alternative in wanted.Alternatives)
        {
            if (alternative.Span.SequenceEqual(found.Span)) return true;
        }
        return false;
    }
}
