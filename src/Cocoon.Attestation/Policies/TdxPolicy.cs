using System.Security.Cryptography;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>
/// `tdx` and `simulated_tdx`: demands a TDX quote for the certificate's key, verified by <see cref="QuoteVerifier"/> up to the root whose collateral
/// it is given. The two differ in nothing but that root.
/// </summary>
/// <param name="kind">What an accepted peer's evidence is called: <see cref="EvidenceKind.Tdx"/> or <see cref="EvidenceKind.SimulatedTdx"/>.</param>
/// <param name="collateral">The collateral, and the root.</param>
/// <param name="requirements">What a quote has to show besides being genuine.</param>
/// <param name="allowedImages">The image hashes accepted; empty accepts every image.</param>
/// <param name="time">The clock that quotes are held against.</param>
public sealed class TdxPolicy(
    EvidenceKind kind, CollateralStore collateral, QuoteRequirements requirements, ImageAllowList allowedImages, TimeProvider time) : IEvidencePolicy
{
    private readonly Bits384 _root = IntelRoots.KeyIdOf(collateral.Anchor);

    /// <inheritdoc/>
    public string Name => kind.Name();

    /// <inheritdoc/>
    public async ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
    {
        // Collateral is fetched only for what the vendor certified: nobody can have it fetched for platforms of their own invention.
        if (!DcapPlatform.TryRead(quote.Span, collateral.Anchor, out var platform, out var failure)) return PolicyVerdict.Refuse(failure.ToString());
        VerifiedCollateral verified;
        try
        {
            verified = await collateral.GetAsync(platform, requirements.MaxCollateralAge, cancellationToken).ConfigureAwait(false);
        }
        catch (AttestationException exception)
        {
            return PolicyVerdict.Refuse(exception.Message) with { IsLocal = true };
        }
        var (report, evidence) = QuoteVerifier.Verify(quote.Span, binding.ReportData.Span, verified, requirements, time.GetUtcNow());
        if (evidence is null) return PolicyVerdict.Refuse(report.FirstFailure!);
        return Accept(evidence.Measurements, binding.Key, quote.ToArray(), evidence.ValidUntil) with
        {
            Basis = new VerdictBasis(report.Checks) { Collateral = verified.Source },
        };
    }

    /// <inheritdoc/>
    public PolicyVerdict Evaluate(AttestedPeerInfo peer)
    {
        if (peer.Measurements is null || peer.Kind != kind)
            return PolicyVerdict.Refuse($"kind check: the router tells of a peer with evidence {peer.Kind}, wanted {kind}.");
        if (!peer.CollateralRootHash.Span.SequenceEqual(_root.ToArray()))
        {
            return PolicyVerdict.Refuse(
                $"root check: the router tells of collateral root {Convert.ToHexStringLower(peer.CollateralRootHash.Span)}, wanted {_root}, the {collateral.Anchor.Name}.");
        }
        var wanted = TeeMeasurements.ReportDataOf(peer.PublicKey);
        if (!CryptographicOperations.FixedTimeEquals(peer.ReportData.Span, wanted))
        {
            return PolicyVerdict.Refuse(
                $"key binding check: the report data is {Convert.ToHexStringLower(peer.ReportData.Span)}, wanted the SHA-512 of the key in the router's frame, {Convert.ToHexStringLower(wanted)}.");
        }
        return requirements.FindDifference(peer.Measurements) is { } difference
            ? PolicyVerdict.Refuse($"measurements check: found {difference}, wanted {string.Join(" or ", requirements.Measurements)}; run an image that is listed, or have this one listed.")
            : Accept(peer.Measurements, peer.PublicKey, default, null);
    }

    private PolicyVerdict Accept(TeeMeasurements measurements, Ed25519PublicKey key, ReadOnlyMemory<byte> quote, DateTimeOffset? validUntil) =>
        allowedImages.FindRefusal(measurements.ImageHash) is { } refusal
            ? PolicyVerdict.Refuse(refusal)
            : PolicyVerdict.Accept(new PeerEvidence(kind, measurements.ImageHash, key, quote)
            {
                Measurements = measurements,
                CollateralRootHash = _root.ToArray(),
                ValidUntil = validUntil,
            });
}
