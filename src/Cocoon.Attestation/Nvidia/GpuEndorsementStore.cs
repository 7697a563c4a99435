using System.Collections.Immutable;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Finds and keeps what NVIDIA publishes about GPUs: the manifests of their drivers and firmware, and revocation lists. Manifests go back to NVIDIA's root, so
/// their source is not trusted. Nothing is fetched for evidence that no device of NVIDIA's signed; a failure is remembered for a minute.
/// </summary>
/// <remarks>
/// NVIDIA's OCSP service is not asked: .NET has no OCSP client that could be bounded and held to one root. Some of NVIDIA's authorities publish no lists, so
/// of those nothing is known.
/// </remarks>
public sealed class GpuEndorsementStore
{
    private readonly TimeProvider _time;
    private readonly RevocationListFolder? _lists;
    private readonly GpuVerifier _verifier;
    private readonly DocumentStore<Manifest>? _manifests;

    /// <summary>Nothing is fetched yet.</summary>
    /// <param name="time">The clock of certificates and lists.</param>
    /// <param name="source">Where manifests come from, by their names in NVIDIA's RIM service; null for nowhere.</param>
    /// <param name="cacheFolder">Keeps manifests from run to run; null for not at all.</param>
    /// <param name="lists">Where revocation lists come from; null for nowhere.</param>
    /// <param name="roots">NVIDIA's roots; others only for tests.</param>
    public GpuEndorsementStore(
        TimeProvider time, IVendorSource? source = null, string? cacheFolder = null, RevocationListFolder? lists = null, GpuRequirements? roots = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _lists = lists;
        roots ??= new GpuRequirements();
        _verifier = new GpuVerifier(new GpuRequirements { DeviceRoot = roots.DeviceRoot, ManifestRoot = roots.ManifestRoot });
        if (source is not null) _manifests = new DocumentStore<Manifest>(source, cacheFolder, manifest => (manifest.From, manifest.Until), time);
    }

    /// <summary>Finds what a GPU's evidence is held against. What cannot be had is left out, and said.</summary>
    /// <param name="evidence">The evidence; hostile until proven otherwise.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AttestationException">The revocation lists at hand cannot be read.</exception>
    public async ValueTask<GpuEndorsements> FindAsync(GpuEvidence evidence, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var found = new GpuEndorsements(null, null, _lists?.Read() ?? [], null);
        if (_manifests is null)
            return found with { Failure = "collateral check: found no source of GPU manifests, wanted one; set Collateral:NvidiaUrl or Collateral:NvidiaFolder." };
        if (_verifier.VerifyDevice(evidence, _time.GetUtcNow()).FirstFailure is { } refusal) return found with { Failure = refusal };

        var report = GpuReport.Parse(evidence.Report);
        var getting = TryGetAsync("VBIOS", report.VbiosManifestName, report.VbiosVersion, cancellationToken);
        var (driver, noDriver) = await TryGetAsync("driver", report.DriverManifestName, report.DriverVersion, cancellationToken).ConfigureAwait(false);
        var (vbios, noVbios) = await getting.ConfigureAwait(false);
        return found with { Driver = driver, Vbios = vbios, Failure = noDriver ?? noVbios };
    }

    private async Task<(RimFile? File, string? Failure)> TryGetAsync(string what, string name, string version, CancellationToken cancellationToken)
    {
        // A GPU's words, if a genuine one's.
        if (!VendorDocument.IsPlainName(name)) return (null, $"{what} manifest check: found a name that is none, '{name}', wanted letters, digits, '.', '_' and '-'.");
        try
        {
            var document = new VendorDocument($"v1/rim/{name}", name + ".swidtag");
            return ((await _manifests!.GetAsync(document, bytes => Read(what, bytes, version), cancellationToken).ConfigureAwait(false)).File, null);
        }
        catch (AttestationException exception)
        {
            return (null, exception.Message);
        }
    }

    private Manifest Read(string what, byte[] bytes, string version)
    {
        var file = RimFile.Parse(bytes);
        if (_verifier.VerifyManifest(what, file, version, _time.GetUtcNow()).FirstFailure is { } refusal) throw new AttestationException(refusal);
        ChainCertificate[] chain = [.. new RimSignature(file).Certificates.Select(ChainCertificate.Parse)];
        return new Manifest(file, chain.Max(certificate => certificate.NotBefore), chain.Min(certificate => certificate.NotAfter));
    }

    private sealed record Manifest(RimFile File, DateTimeOffset From, DateTimeOffset Until);
}
